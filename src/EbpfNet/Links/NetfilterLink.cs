using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to netfilter: it sees the packets of a network namespace at one point of their way, and accepts or drops them.</summary>
/// <remarks>
/// The attachment is held by a file descriptor: it ends with the process, also when that is killed (SIGKILL). A network namespace that disappears takes it with it; the link does not
/// keep it. The kernel does not replace the program of such links.
/// </remarks>
public sealed class NetfilterLink : BpfLink
{
    internal NetfilterLink(BpfProgram? program, BpfHandle link, NetfilterAttachOptions options)
        : base(program, link)
    {
        (Family, Hook, Priority, Defragments) = (options.Family, options.Hook, options.Priority, options.Defragment);
        Join();
    }

    /// <summary>Which packets the program sees.</summary>
    public NetfilterFamily Family { get; }

    /// <summary>Where on their way.</summary>
    public NetfilterHook Hook { get; }

    /// <summary>Smaller ones run first.</summary>
    public int Priority { get; }

    /// <summary>Whether fragments are put together first.</summary>
    public bool Defragments { get; }

    /// <summary>Opens the netfilter link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 6.4), to detach it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no netfilter link.</exception>
    public static new NetfilterLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Netfilter, Wrap);

    /// <summary>Opens a netfilter link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.4, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no netfilter link.</exception>
    public static new NetfilterLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Netfilter, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the netfilter link to {Family} {Hook} with priority {Priority}";

    private static NetfilterLink Wrap(BpfHandle handle, in LinkInfoData info) => new(null, handle, new NetfilterAttachOptions
    {
        Family = (NetfilterFamily)info.NetfilterFamily,
        Hook = (NetfilterHook)info.NetfilterHook,
        Priority = info.NetfilterPriority,
        Defragment = (info.NetfilterFlags & NetfilterLinkExtensions.DefragmentFlag) != 0,
    });
}
