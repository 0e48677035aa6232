using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an XDP attachment, and what to do about it.</summary>
internal static class XdpErrors
{
    public static BpfException Attach(
        BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, string call, NetlinkVerdict verdict, BpfProgram? replaced)
    {
        string where = mode == XdpFlags.None ? "" : $" in {Describe(mode)} mode";
        string operation = replaced is null
            ? $"attach {program} to interface '{device.Name}'{where}"
            : $"replace {replaced} on interface '{device.Name}' by {program}{where}";
        string? advice = verdict.Error switch
        {
            BpfErrno.EBUSY or BpfErrno.EEXIST => Occupied(socket, device, mode, replaced),
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP when mode == XdpFlags.Native =>
                $"The driver of '{device.Name}' has no native XDP: use XdpMode.Generic, which is slower but works on any interface, or XdpMode.Auto",
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP or BpfErrno.EINVAL when mode == XdpFlags.Offload =>
                $"'{device.Name}' cannot run programs itself, or the program was not loaded for it: use XdpMode.Native or XdpMode.Generic",
            BpfErrno.EINVAL or BpfErrno.ERANGE or BpfErrno.ENOSPC when mode != XdpFlags.Generic =>
                $"The driver of '{device.Name}' refuses the program; usually its MTU is too large for a program without fragments (section 'xdp.frags'), or it has too few queues. XdpMode.Generic works all the same",
            BpfErrno.EINVAL when mode == XdpFlags.Generic =>
                "Before Linux 5.15 generic mode does not take programs that use a map of interfaces or CPUs whose elements have room for a program: make the map's values 4 bytes long, or use XdpMode.Native",
            BpfErrno.ENODEV => $"Interface '{device.Name}' has just disappeared",
            _ => null,
        };
        return SyscallErrors.Create(verdict.Error, call, operation, advice, verdict.Message);
    }

    public static BpfException Update(XdpLink link, BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict)
    {
        string? advice = verdict.Error switch
        {
            BpfErrno.EPERM when expected is not null => $"Another program than {expected} is attached",
            BpfErrno.EEXIST => $"Another program than {expected?.ToString() ?? link.ProgramText} is attached: somebody else has replaced it",
            BpfErrno.ENOLINK or BpfErrno.ENODEV => $"Interface {link.InterfaceText} is gone, or the link was detached",
            BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP when link.Mode == XdpMode.Native => $"The driver of {link.InterfaceText} refuses the program",
            _ => null,
        };
        return SyscallErrors.Create(
            verdict.Error, link.UpdateCall, $"replace {link.ProgramText} of {link} by {program}", advice, verdict.Message);
    }

    public static BpfException Detach(XdpLink link, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        link.DetachCall,
        $"detach {link.ProgramText} from interface {link.InterfaceText}",
        verdict.Error == BpfErrno.EEXIST ? "Somebody else has put another program in its place, which was left alone" : null,
        verdict.Message);

    private static string Describe(XdpFlags mode) => mode switch
    {
        XdpFlags.Native => "native",
        XdpFlags.Generic => "generic",
        XdpFlags.Offload => "offload",
        _ => "any",
    };

    /// <summary>Who is in the way, and how to get them out of it.</summary>
    private static string? Occupied(NetlinkSocket socket, NetworkDevice device, XdpFlags asked, BpfProgram? replaced)
    {
        _ = NetworkDevice.Find(socket, device.Index, out NetworkDevice? now);
        if (now is null || now.Xdp.IsEmpty)
        {
            return replaced is null
                ? "An interface above or below it, such as a bond or a team, may have an XDP program already"
                : $"No XDP program is attached to '{device.Name}': attach without ReplacedProgram";
        }

        XdpFlags mode = now.Xdp.ProgramId(asked) != 0 ? asked : now.Xdp.ModeOf(FirstId(now.Xdp));
        uint id = now.Xdp.ProgramId(mode);
        string occupant = $"XDP {ProgramNames.Describe(id)} is attached to '{device.Name}' in {Describe(mode)} mode";
        uint holder = MachineLinks.Read().FindXdp(id, device.Index) ?? 0;
        if (holder != 0)
        {
            return $"{occupant}, held by link {holder}: end the process that owns the link, or detach it with 'bpftool link detach id {holder}'";
        }

        string off = mode switch
        {
            XdpFlags.Native => "xdpdrv",
            XdpFlags.Generic => "xdpgeneric",
            _ => "xdpoffload",
        };
        string replace = replaced is null ? $"give it as {nameof(XdpAttachOptions)}.{nameof(XdpAttachOptions.ReplacedProgram)} to replace it" : "give that one as ReplacedProgram";
        return $"{occupant}: {replace}, or detach it with 'ip link set dev {device.Name} {off} off'";
    }

    private static uint FirstId(XdpState xdp) =>
        xdp.NativeProgramId != 0 ? xdp.NativeProgramId : xdp.GenericProgramId != 0 ? xdp.GenericProgramId : xdp.OffloadedProgramId;
}
