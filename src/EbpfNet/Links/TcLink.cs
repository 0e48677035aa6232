using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to the packets that come into a network interface, or to those that go out (tc).</summary>
/// <remarks>
/// Where the kernel has tcx (Linux 6.6), the attachment is held by a file descriptor: it ends with the process, also when that is killed. On older kernels it is a filter of the
/// queueing discipline <c>clsact</c>, which is made where it is missing: <see cref="BpfLink.Dispose"/> and the process's end undo both, also by an exception that nobody catches, and by SIGTERM,
/// SIGINT, SIGHUP or SIGQUIT unless a handler that was registered after the library was first used cancels that; but they outlive a process that is killed (SIGKILL), that fails fast, or that crashes
/// in native code. <see cref="BpfLink.IsKernelLink"/> tells which. An interface that disappears takes the attachment with it. A filter keeps the interface's network namespace, with all that is in it, until it is disposed. Members may be called from
/// several threads.
/// </remarks>
public sealed class TcLink : BpfLink
{
    private readonly TcFilterAttachment? _filter;

    /// <param name="program">The program that is attached.</param>
    /// <param name="device">The interface.</param>
    /// <param name="direction">What it sees.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/>.</param>
    /// <param name="attachment">What there is without one.</param>
    internal TcLink(BpfProgram program, NetworkDevice device, TcDirection direction, BpfHandle? link, HookAttachment? attachment)
        : base(program, link, attachment)
    {
        InterfaceName = device.Name;
        InterfaceIndex = device.Index;
        Direction = direction;
        _filter = attachment as TcFilterAttachment;
        Join();
    }

    private TcLink(BpfHandle link, int interfaceIndex, string interfaceName, TcDirection direction)
        : base(program: null, link)
    {
        InterfaceName = interfaceName;
        InterfaceIndex = interfaceIndex;
        Direction = direction;
        Join();
    }

    /// <summary>
    /// The interface's name, as it was when the program was attached or the link opened; empty for an opened link whose interface is gone or not in the network
    /// namespace of the thread that opened it.
    /// </summary>
    public string InterfaceName { get; }

    /// <summary>The interface's index in its network namespace; 0 for an opened link whose interface is gone.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Whether the program sees what comes in or what goes out.</summary>
    public TcDirection Direction { get; }

    /// <summary>How the kernel keeps the program.</summary>
    public TcMechanism Mechanism => _filter is not null ? TcMechanism.Filter : TcMechanism.Tcx;

    /// <summary>The filter's priority (<c>pref</c>); 0 where there is no filter.</summary>
    public ushort Priority => FilterPlace?.Priority ?? 0;

    /// <summary>The filter's handle among those of its priority; 0 where there is no filter.</summary>
    public uint FilterHandle => FilterPlace?.Handle ?? 0;

    internal FilterPlace? FilterPlace => _filter?.Place;

    /// <summary>
    /// Opens the tcx link that is pinned at a path of the BPF file system, for example after this program was restarted (<c>BPF_OBJ_GET</c>; Linux 6.6). Its program can be
    /// updated, and it can be detached, as by the process that attached it.
    /// </summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no tcx link.</exception>
    public static new TcLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Tcx, Wrap);

    /// <summary>Opens a tcx link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.6, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no tcx link.</exception>
    public static new TcLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Tcx, Wrap);

    /// <summary>
    /// Puts another program in the place of the attached one, at once: no packet sees both or neither (<c>BPF_LINK_UPDATE</c>, Linux 6.6; else the filter is replaced by netlink).
    /// </summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes (<c>BPF_F_REPLACE</c>); <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">It is no tc program.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the interface is gone.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        TcAttacher.RequireTc(program, Mechanism == TcMechanism.Filter);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() =>
        $"the tc link to the {Direction.Word()} of {(InterfaceName.Length > 0 ? $"interface '{InterfaceName}'" : $"the interface with index {InterfaceIndex}")}";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => TcErrors.Update(this, program, expected, verdict);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => verdict.Error is BpfErrno.ENODEV or BpfErrno.ENOENT ? null : TcErrors.Detach(this, verdict);

    private static TcLink Wrap(BpfHandle handle, in LinkInfoData info)
    {
        (int index, string name) = DeviceNames.Find(info);
        return new TcLink(handle, index, name, info.DeviceAttachType == BpfAttachType.TcxEgress ? TcDirection.Egress : TcDirection.Ingress);
    }
}
