using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a function of the kernel or of another program: it runs at its entry or its return, decides what it returns, or takes its place.</summary>
/// <remarks>A file descriptor holds it: it ends with the process, also when that is killed, unless the link is pinned (Linux 5.8). <see cref="BpfLink.Update"/> is not possible. Members may be called from several threads.</remarks>
public sealed class TracingLink : BpfLink
{
    internal TracingLink(BpfProgram program, BpfHandle link, string? function, ulong cookie)
        : base(program, link)
    {
        Function = function;
        Cookie = cookie;
        LinkInfoData info = default;
        _ = KernelObjects.TryGetInfo(link, ref info);
        AttachType = Type == BpfLinkType.Tracing ? info.TracingAttachType : program.ExpectedAttachType;
        Join();
    }

    private TracingLink(BpfHandle link, BpfAttachType attachType, ulong cookie)
        : base(program: null, link)
    {
        AttachType = attachType;
        Cookie = cookie;
        Join();
    }

    /// <summary>The function or LSM hook, for example <c>tcp_connect</c>; <see langword="null"/> for a link or a program that was opened by pin or id.</summary>
    public string? Function { get; }

    /// <summary>What the program does there, for example <see cref="BpfAttachType.TraceFexit"/>; zero for one that takes a function's place.</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c>; 0 for nothing, and for opened links before the kernel tells it.</summary>
    public ulong Cookie { get; }

    /// <summary>Opens the link to a function that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.8).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a function.</exception>
    public static new TracingLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Tracing, Wrap);

    /// <summary>Opens a link to a function by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a function.</exception>
    public static new TracingLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Tracing, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => Function is { } function ? $"the link to '{function}'" : $"the link with id {Id} to a function";

    private static TracingLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.TracingAttachType, info.TracingCookie);
}
