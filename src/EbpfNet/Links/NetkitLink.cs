using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a netkit device: it sees what is sent out of the device, or of its peer, and decides whether that arrives at the other end.</summary>
/// <remarks>
/// The attachment is held by a file descriptor: it ends with the process, also when that is killed (SIGKILL). A device that disappears takes it with it.
/// </remarks>
public sealed class NetkitLink : BpfLink
{
    internal NetkitLink(BpfProgram? program, BpfHandle link, int interfaceIndex, string interfaceName, NetkitSide side)
        : base(program, link)
    {
        (InterfaceIndex, InterfaceName, Side) = (interfaceIndex, interfaceName, side);
        Join();
    }

    /// <summary>
    /// The primary device's name, as it was when the program was attached or the link opened; empty for an opened link whose device is gone or not in the network namespace of
    /// the thread that opened it.
    /// </summary>
    public string InterfaceName { get; }

    /// <summary>The primary device's index in its network namespace; 0 for an opened link whose device is gone, or whose pair has its primary device in another one.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Whose packets the program sees.</summary>
    public NetkitSide Side { get; }

    /// <summary>Opens the netkit link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 6.7), to update or detach it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no netkit link.</exception>
    public static new NetkitLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Netkit, Wrap);

    /// <summary>Opens a netkit link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.7, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no netkit link.</exception>
    public static new NetkitLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Netkit, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() =>
        $"the netkit link to {(Side == NetkitSide.Peer ? "the peer of " : "")}{(InterfaceName.Length > 0 ? $"device '{InterfaceName}'" : $"the device with index {InterfaceIndex}")}";

    private static NetkitLink Wrap(BpfHandle handle, in LinkInfoData info)
    {
        (int index, string name) = DeviceNames.Find(info);
        return new NetkitLink(null, handle, index, name, info.DeviceAttachType == BpfAttachType.NetkitPeer ? NetkitSide.Peer : NetkitSide.Primary);
    }
}
