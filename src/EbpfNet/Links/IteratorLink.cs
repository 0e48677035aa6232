using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that is run for each thing of a kind that the kernel has, such as tasks, sockets or elements of a map, whenever somebody reads what it writes.</summary>
/// <remarks>
/// A file descriptor holds it: it ends with the process, also when that is killed, unless the link is pinned. A pin is a file that anybody can read who may, with <c>cat</c> for example: each reading runs the program
/// anew. Members may be called from several threads.
/// </remarks>
public sealed unsafe class IteratorLink : BpfLink
{
    private const int LongestName = 64;

    internal IteratorLink(BpfProgram program, BpfHandle link)
        : base(program, link)
    {
        TargetName = ReadTarget(link) is { Length: > 0 } told ? told : program.AttachTarget ?? "";
        Join();
    }

    private IteratorLink(BpfHandle link)
        : base(program: null, link)
    {
        TargetName = ReadTarget(link);
        Join();
    }

    /// <summary>What is gone through, for example <c>task</c> or <c>bpf_map_elem</c>; empty for an opened link on kernels that do not tell (before Linux 5.10).</summary>
    public string TargetName { get; }

    /// <summary>Opens the link of an iterator that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.8).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link of an iterator.</exception>
    public static new IteratorLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Iter, Wrap);

    /// <summary>Opens a link of an iterator by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN).</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link of an iterator.</exception>
    public static new IteratorLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Iter, Wrap);

    /// <summary>Starts a run (<c>BPF_ITER_CREATE</c>): the program runs as the stream is read. Any number of runs may be open.</summary>
    /// <returns>What the program writes (<c>bpf_seq_write</c>, <c>bpf_seq_printf</c>). Disposing it ends the run.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused. Reading throws it, too.</exception>
    /// <exception cref="ObjectDisposedException">The link was disposed.</exception>
    public Stream OpenRead()
    {
        ThrowIfDisposed();
        BpfErrno error = IteratorRequests.Open(Handle!, out BpfHandle? file);
        return new IteratorStream(file ?? throw SyscallErrors.Create(error, BpfCommand.IterCreate, $"read {this}"), ToString());
    }

    /// <summary>The lines that a run writes, as UTF-8. Each enumeration is a run of its own.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link was disposed.</exception>
    public IEnumerable<string> ReadLines()
    {
        using var reader = new StreamReader(OpenRead());
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>The lines that a run writes, as UTF-8, read by threads of the pool. Each enumeration is a run of its own.</summary>
    /// <param name="cancellationToken">Ends the run between two lines.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link was disposed.</exception>
    public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(OpenRead());
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the iterator over '{TargetName}'";

    private static IteratorLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle);

    private static string ReadTarget(BpfHandle link)
    {
        byte* name = stackalloc byte[LongestName];
        var info = new LinkInfoData { IteratorTargetName = name, IteratorTargetNameLength = LongestName };
        return KernelObjects.TryGetInfo(link, ref info) == BpfErrno.None ? KernelText.Read(name, LongestName) : "";
    }
}
