using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An XDP program attached to a network interface.</summary>
/// <remarks>
/// Where the kernel has XDP links (Linux 5.9), the attachment is held by a file descriptor: it ends with the process, also when that is killed. On older
/// kernels it is made by netlink: <see cref="BpfLink.Dispose"/> and the process's end undo it, also by an exception that nobody catches, and by SIGTERM,
/// SIGINT, SIGHUP or SIGQUIT unless a handler that was registered after the library was first used cancels that; but it outlives a process that is killed (SIGKILL), that fails fast, or that crashes
/// in native code. <see cref="BpfLink.IsKernelLink"/> tells which. An interface that disappears takes the attachment with it. An attachment by netlink keeps the interface's network namespace, with all that is in it, until it is disposed. Members may be called from
/// several threads.
/// </remarks>
public sealed class XdpLink : BpfLink
{
    /// <param name="program">The program that is attached.</param>
    /// <param name="device">The interface.</param>
    /// <param name="mode">The mode that it became.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/>.</param>
    /// <param name="attachment">What there is without one.</param>
    internal XdpLink(BpfProgram program, NetworkDevice device, XdpFlags mode, BpfHandle? link, XdpNetlinkAttachment? attachment)
        : base(program, link, attachment)
    {
        InterfaceName = device.Name;
        InterfaceIndex = device.Index;
        Mode = mode.ToMode();
        Join();
    }

    private XdpLink(BpfHandle link, int interfaceIndex, string interfaceName, XdpFlags mode)
        : base(program: null, link)
    {
        InterfaceName = interfaceName;
        InterfaceIndex = interfaceIndex;
        Mode = mode.ToMode();
        Join();
    }

    /// <summary>
    /// The interface's name, as it was when the program was attached or the link opened; empty for an opened link whose interface is gone or not in the network
    /// namespace of the thread that opened it.
    /// </summary>
    public string InterfaceName { get; }

    /// <summary>The interface's index in its network namespace; 0 for an opened link whose interface is gone.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Where the program runs; <see cref="XdpMode.Auto"/> only for an opened link that has no <see cref="InterfaceName"/>.</summary>
    public XdpMode Mode { get; }

    /// <summary>The interface as messages call it.</summary>
    internal string InterfaceText => InterfaceName.Length > 0 ? $"'{InterfaceName}'" : $"with index {InterfaceIndex}";

    /// <summary>
    /// Opens the XDP link that is pinned at a path of the BPF file system, for example after this program was restarted (<c>BPF_OBJ_GET</c>; Linux 5.9). Its
    /// program can be updated, and it can be detached, as by the process that attached it.
    /// </summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no XDP link.</exception>
    public static new XdpLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Xdp, Wrap);

    /// <summary>Opens an XDP link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.9, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no XDP link.</exception>
    public static new XdpLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Xdp, Wrap);

    /// <summary>Puts another program in the place of the attached one, at once: no packet sees both or neither (<c>BPF_LINK_UPDATE</c>, Linux 5.9; else netlink).</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes (<c>BPF_F_REPLACE</c>); <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, the interface is gone, or the driver refuses the program.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        XdpAttacher.RequireXdp(program);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the XDP link to interface {InterfaceText}";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => XdpErrors.Update(this, program, expected, verdict);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => verdict.Error == BpfErrno.ENODEV ? null : XdpErrors.Detach(this, verdict);

    private static XdpLink Wrap(BpfHandle handle, in LinkInfoData info)
    {
        // The link tells neither name nor mode. An index may be another interface's in another network namespace.
        NetworkDevice? device = null;
        if (info.Ifindex != 0)
        {
            using NetlinkSocket socket = NetlinkSocket.Open();
            _ = NetworkDevice.Find(socket, (int)info.Ifindex, out device);
        }

        XdpFlags mode = device?.Xdp.ModeOf(info.ProgId) ?? XdpFlags.None;
        return new XdpLink(handle, (int)info.Ifindex, mode == XdpFlags.None ? "" : device!.Name, mode);
    }
}
