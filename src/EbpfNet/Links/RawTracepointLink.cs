using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a raw tracepoint (sections <c>raw_tp</c>, <c>raw_tp.w</c>, <c>tp_btf</c>): it runs whenever the kernel passes there.</summary>
/// <remarks>A file descriptor holds it: it ends with the process, also when that is killed, unless the link is pinned (Linux 5.8). <see cref="BpfLink.Update"/> is not possible. Members may be called from several threads.</remarks>
public sealed unsafe class RawTracepointLink : BpfLink
{
    private const int LongestName = 128;

    internal RawTracepointLink(BpfProgram program, BpfHandle link, string? name, ulong cookie)
        : base(program, link)
    {
        TracepointName = name ?? ReadName(link);
        Cookie = cookie;
        Join();
    }

    private RawTracepointLink(BpfHandle link, ulong cookie)
        : base(program: null, link)
    {
        TracepointName = ReadName(link);
        Cookie = cookie;
        Join();
    }

    /// <summary>The tracepoint, for example <c>sched_switch</c>; empty where the kernel does not tell (a link that was opened before Linux 5.8).</summary>
    public string TracepointName { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c>; 0 for nothing.</summary>
    public ulong Cookie { get; }

    /// <summary>Opens the link to a raw tracepoint that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.8).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a raw tracepoint.</exception>
    public static new RawTracepointLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.RawTracepoint, Wrap);

    /// <summary>Opens a link to a raw tracepoint by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a raw tracepoint.</exception>
    public static new RawTracepointLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.RawTracepoint, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to raw tracepoint '{TracepointName}'";

    private static RawTracepointLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.RawTracepointCookie);

    private static string ReadName(BpfHandle link)
    {
        byte* name = stackalloc byte[LongestName];
        var info = new LinkInfoData { RawTracepointName = name, RawTracepointNameLength = LongestName };
        return KernelObjects.TryGetInfo(link, ref info) == BpfErrno.None ? KernelText.Read(name, LongestName) : "";
    }
}
