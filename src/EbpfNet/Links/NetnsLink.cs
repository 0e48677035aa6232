using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a network namespace: it finds the sockets that packets and connections are for, or takes packets apart.</summary>
/// <remarks>
/// Where the kernel has links for network namespaces (Linux 5.8), the attachment is held by a file descriptor: it ends with the process, also when that is killed, unless the link is pinned. A flow
/// dissector on older kernels is held by the namespace: <see cref="BpfLink.Dispose"/> and the process's orderly end undo it, but it outlives a process that is killed (SIGKILL), as long as
/// the namespace lives; <see cref="NetnsHook"/> finds and detaches it. <see cref="BpfLink.IsKernelLink"/> tells which. A link does not keep the namespace; an
/// attachment without one does, with all that is in it, until it is disposed, though the namespace has no name and no process any more: to detach takes it open. Members may be called from several threads.
/// </remarks>
public sealed class NetnsLink : BpfLink
{
    /// <param name="program">The program that is attached.</param>
    /// <param name="space">The namespace.</param>
    /// <param name="attachType">The hook.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/>.</param>
    /// <param name="attachment">What there is without one.</param>
    internal NetnsLink(BpfProgram program, BpfNetworkNamespace space, BpfAttachType attachType, BpfHandle? link, NetnsAttachment? attachment)
        : base(program, link, attachment)
    {
        NamespaceId = space.Id;
        AttachType = attachType;
        Join();
    }

    private NetnsLink(BpfHandle link, ulong namespaceId, BpfAttachType attachType)
        : base(program: null, link)
    {
        NamespaceId = namespaceId;
        AttachType = attachType;
        Join();
    }

    /// <summary>The <see cref="BpfNetworkNamespace.Id"/> of the namespace; 0 for an opened link whose namespace is gone, or that was detached before.</summary>
    public ulong NamespaceId { get; }

    /// <summary>The hook: <see cref="BpfAttachType.SkLookup"/> or <see cref="BpfAttachType.FlowDissector"/>.</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>Opens the link to a network namespace that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.8), to update or detach it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a network namespace.</exception>
    public static new NetnsLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.NetNs, Wrap);

    /// <summary>Opens a link to a network namespace by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a network namespace.</exception>
    public static new NetnsLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.NetNs, Wrap);

    /// <summary>Puts another program in the place of the attached one, at once (<c>BPF_LINK_UPDATE</c>, Linux 5.8; without a link <c>BPF_PROG_ATTACH</c>, Linux 5.5).</summary>
    /// <param name="program">The new program, of the type of the old one.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes; <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to network namespace net:[{NamespaceId}] ({AttachType.CName()})";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => NetnsErrors.Update(this, program, expected, verdict.Error);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => NetnsErrors.Detach(this, verdict.Error);

    private static NetnsLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.NetNsInode, info.NetNsAttachType);
}
