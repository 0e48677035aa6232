using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches iterators.</summary>
public static class IteratorLinkExtensions
{
    /// <summary>Makes a link of a program of section <c>iter</c>, to read what it writes about each thing that it goes through (<c>BPF_LINK_CREATE</c>, Linux 5.8).</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">What it goes through, for those that can be told; <see langword="null"/> for all.</param>
    /// <returns>The link. Nothing runs before it is read.</returns>
    /// <exception cref="ArgumentException">The program is no iterator, or the options contradict each other.</exception>
    /// <exception cref="BpfSyscallException">The iterator needs a map and has none, or it cannot be told what it is told: the message says which.</exception>
    /// <exception cref="ObjectDisposedException">The program, or something of the options, was disposed.</exception>
    public static IteratorLink AttachIterator(this BpfProgram program, IteratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        TracingAttacher.Require(program, BpfProgramType.Tracing, [BpfAttachType.TraceIter], "programs of section iter", "");
        using var held = new BpfHandleSet();
        IteratorInfo info = Translate(options, held);
        BpfErrno error = IteratorRequests.CreateLink(program.Handle, info, options is not null, out BpfHandle? link);
        return new IteratorLink(program, link ?? throw Explain(program, options, error));
    }

    private static IteratorInfo Translate(IteratorOptions? options, BpfHandleSet held)
    {
        if (options is null)
        {
            return default;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(options.ThreadId, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.ProcessId, nameof(options));
        int said = new[] { options.Map is not null, options.ThreadId != 0, options.ProcessId != 0, options.Process is not null, options.Cgroup is not null }.Count(set => set);
        return said > 1 ? throw new ArgumentException("An iterator goes through a map, a thread, a process or control groups: only one can be given.", nameof(options))
            : options.Map is { } map ? new IteratorInfo { MapFd = held.Hold(map.Handle) }
            : options.Process is { } process ? new IteratorInfo { ProcessFd = held.Hold(process.Handle) }
            : options.Cgroup is { } cgroup ? new IteratorInfo { CgroupOrder = (uint)options.CgroupOrder, CgroupFd = held.Hold(cgroup.Handle) }
            : new IteratorInfo { ThreadId = (uint)options.ThreadId, ProcessId = (uint)options.ProcessId };
    }

    private static BpfException Explain(BpfProgram program, IteratorOptions? options, BpfErrno error) => SyscallErrors.Create(
        error,
        BpfCommand.LinkCreate,
        $"attach {program}{(program.AttachTarget is { } target ? $" as an iterator over '{target}'" : "")}",
        error switch
        {
            BpfErrno.EBADF when options?.Map is null && options?.Cgroup is null => $"This iterator goes through a map: give it as {nameof(IteratorOptions)}.{nameof(IteratorOptions.Map)}",
            BpfErrno.EBADF => "What was given is not what the iterator goes through",
            BpfErrno.EACCES => "The program does more with the map's keys or values than their sizes, or the map's flags, allow",
            BpfErrno.ESRCH => "There is no such process or thread",
            BpfErrno.E2BIG => "This kernel cannot be told tasks or control groups (Linux 6.1)",
            BpfErrno.EINVAL => "The map is of a kind that this iterator does not go through, or this kernel cannot be told tasks or control groups (Linux 6.1)",
            _ => null,
        });
}
