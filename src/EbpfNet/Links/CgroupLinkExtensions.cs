using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to control groups.</summary>
public static class CgroupLinkExtensions
{
    /// <summary>
    /// Attaches a program to a control group of version 2 (<c>BPF_LINK_CREATE</c>, Linux 5.7; else <c>BPF_PROG_ATTACH</c>, Linux 4.10): it is asked about, or told of, what the processes in the
    /// group and below it do: the packets of their sockets, their sockets, addresses, options, their access to settings and devices.
    /// </summary>
    /// <param name="program">The program, of a section <c>cgroup/…</c>, <c>cgroup_skb/…</c>, <c>sockops</c> or <c>lsm_cgroup/…</c> (Linux 6.0).</param>
    /// <param name="cgroupPath">The folder of the control group, for example <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="options">How; <see langword="null"/> for beside any others, behind them.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no program for control groups, it is not known for which hook, or the options contradict each other.</exception>
    /// <exception cref="BpfSyscallException">There is no such folder, it is none of a control group of version 2, a program is there that allows no other, or the kernel refused: the message says which.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static CgroupLink AttachCgroup(this BpfProgram program, string cgroupPath, CgroupAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        _ = CgroupAttachTypes.Find(program, options?.AttachType);
        using BpfCgroup cgroup = BpfCgroup.Open(cgroupPath);
        return AttachCgroup(program, cgroup, options);
    }

    /// <summary>Attaches a program to a control group that is open; see <see cref="AttachCgroup(BpfProgram, string, CgroupAttachOptions?)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="cgroup">The control group; it need not stay open.</param>
    /// <param name="options">How; <see langword="null"/> for beside any others, behind them.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no program for control groups, it is not known for which hook, or the options contradict each other.</exception>
    /// <exception cref="BpfSyscallException">The folder is none of a control group of version 2, a program is there that allows no other, or the kernel refused: the message says which.</exception>
    /// <exception cref="ObjectDisposedException">The program or the control group was disposed.</exception>
    public static CgroupLink AttachCgroup(this BpfProgram program, BpfCgroup cgroup, CgroupAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(cgroup);
        options ??= new CgroupAttachOptions();
        BpfAttachType type = CgroupAttachTypes.Find(program, options.AttachType);
        bool isOrdered = options.Position is not null || options.ExpectedRevision is not null;
        if (isOrdered && options.Mode != CgroupAttachMode.Multi)
        {
            throw new ArgumentException($"In mode {options.Mode} there is one program, which has no position and no revision.", nameof(options));
        }

        options.Position?.ThrowIfDisposed();

        // Behind all others is where a program goes anyway, on kernels, too, that know no order.
        BpfAttachPosition? place = options.Position is { IsEnd: true, IsBefore: false } ? null : options.Position;
        var position = new DevicePosition(place?.Flags ?? 0, place?.RelativeId ?? 0, options.ExpectedRevision ?? 0);
        return options is { Mode: CgroupAttachMode.Multi, ReplacedProgram: null } && !CgroupProbes.Links.IsMissing
            ? AttachByLink(program, cgroup, type, options, position)
            : AttachWithoutLink(program, cgroup, type, options, position);
    }

    private static CgroupLink AttachByLink(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachOptions options, DevicePosition position)
    {
        BpfErrno error = CgroupPrograms.CreateLink(program.Handle, cgroup.Handle, type, position, out BpfHandle? link);
        return new CgroupLink(program, cgroup, type, link ?? throw CgroupErrors.Attach(program, cgroup, type, options, BpfCommand.LinkCreate, error), null);
    }

    private static CgroupLink AttachWithoutLink(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachOptions options, DevicePosition position)
    {
        if (options.Mode != CgroupAttachMode.Multi)
        {
            RequireVacant(program, cgroup, type, options);
        }

        using LiveLinks.Making _ = LiveLinks.Make();
        CgroupAttachment attachment = CgroupAttachment.Prepare(program, cgroup, type, options.Mode);
        bool isAttached = false;
        try
        {
            BpfErrno error = attachment.Attach(position, options.ReplacedProgram);
            isAttached = error == BpfErrno.None;
            return isAttached ? new CgroupLink(program, cgroup, type, null, attachment) : throw CgroupErrors.Attach(program, cgroup, type, options, BpfCommand.ProgAttach, error);
        }
        finally
        {
            if (!isAttached)
            {
                attachment.Dispose();
            }
        }
    }

    /// <summary>The kernel would put a program that is alone in the place of another without a word.</summary>
    private static void RequireVacant(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachOptions options)
    {
        BpfErrno error = CgroupPrograms.Query(cgroup.Handle, type, effective: false, out CgroupProgramList there);
        if (error == BpfErrno.EPERM)
        {
            throw CgroupErrors.Attach(program, cgroup, type, options, BpfCommand.ProgQuery, error);
        }

        if (error == BpfErrno.None && there.ProgramIds.Count > 0 && (there.Flags & CgroupPrograms.AllowMulti) == 0 && there.ProgramIds[0] != options.ReplacedProgram?.Id)
        {
            throw CgroupErrors.Occupied(program, cgroup, type, CgroupHook.ModeOf(there.Flags), there.ProgramIds[0]);
        }
    }
}
