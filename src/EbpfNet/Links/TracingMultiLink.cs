using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A program on the entry of many functions of the kernel, on their return, or on both (sections <c>fentry.multi</c>, <c>fexit.multi</c>, <c>fsession.multi</c>). A file descriptor holds it: it ends with the
/// process, also when that is killed. <see cref="BpfLink.Update"/> is not possible. Members may be called from several threads.
/// </summary>
public sealed class TracingMultiLink : BpfLink
{
    internal TracingMultiLink(BpfProgram program, BpfHandle handle, IReadOnlyList<string> functions)
        : base(program, handle)
    {
        (Functions, AttachType) = (functions, program.ExpectedAttachType);
        Join();
    }

    private TracingMultiLink(BpfHandle handle)
        : base(program: null, handle)
    {
        Functions = [];
        Join();
    }

    /// <summary>The functions; empty for a link that was opened, of which the kernel does not tell them.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>When the program runs, for example <see cref="BpfAttachType.TraceFexitMulti"/>; zero for a link or a program that was opened.</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>Opens the link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 7.2).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no such link.</exception>
    public static new TracingMultiLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.TracingMulti, Wrap);

    /// <summary>Opens such a link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 7.2, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no such link.</exception>
    public static new TracingMultiLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.TracingMulti, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => Functions.Count > 0 ? $"the link to {Functions.Count} kernel functions" : $"the link with id {Id} to many kernel functions";

    private static TracingMultiLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle);
}
