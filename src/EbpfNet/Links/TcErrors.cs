using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a tc attachment, and what to do about it.</summary>
internal static class TcErrors
{
    public static BpfNotSupportedException NoTcx(string what) => new(what, "this kernel has no tcx", new Version(6, 6));

    public static BpfException Qdisc(BpfProgram program, NetworkDevice device, TcDirection direction, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        "RTM_NEWQDISC",
        $"attach {program} to the {direction.Word()} of interface '{device.Name}'",
        verdict.Error switch
        {
            BpfErrno.EEXIST => $"Interface '{device.Name}' has the older queueing discipline 'ingress', which has no egress: remove it with 'tc qdisc del dev {device.Name} ingress'; clsact, which takes its place, has both",
            BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP => "This kernel has no clsact queueing discipline (CONFIG_NET_SCH_INGRESS, module sch_ingress)",
            BpfErrno.ENODEV => $"Interface '{device.Name}' has just disappeared",
            _ => null,
        },
        verdict.Message);

    public static BpfException Filter(BpfProgram program, NetlinkSocket socket, NetworkDevice device, TcDirection direction, in FilterPlace place, NetlinkVerdict verdict)
    {
        string? advice = verdict.Error switch
        {
            BpfErrno.EEXIST => Occupied(socket, place),
            BpfErrno.ENOENT when program.Type == BpfProgramType.SchedAct =>
                "This kernel has no BPF actions (CONFIG_NET_ACT_BPF, module act_bpf), or no BPF filters (CONFIG_NET_CLS_BPF): make it a program of section 'tc', whose filter decides itself",
            BpfErrno.ENOENT => "This kernel has no BPF filters (CONFIG_NET_CLS_BPF, module cls_bpf)",
            BpfErrno.EINVAL when verdict.Message is null => $"Priority {place.Priority} may be taken by filters for one protocol, or of another kind",
            BpfErrno.ENODEV => $"Interface '{device.Name}' has just disappeared",
            _ => null,
        };
        return SyscallErrors.Create(verdict.Error, "RTM_NEWTFILTER", $"attach {program} to the {direction.Word()} of interface '{device.Name}' as filter {Describe(place)}", advice, verdict.Message);
    }

    public static BpfException Position(BpfProgram program, NetworkDevice device, TcDirection direction, BpfAttachPosition position, BpfErrno error) => SyscallErrors.Create(
        error,
        "RTM_NEWTFILTER",
        $"attach {program} to the {direction.Word()} of interface '{device.Name}', {position}",
        error == BpfErrno.ENOENT
            ? "What it was to be put beside is no filter there"
            : $"No priority is left there between the filters: give one as {nameof(TcAttachOptions)}.{nameof(TcAttachOptions.Priority)}, or attach the others with more room");

    public static BpfException Update(TcLink link, BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict)
    {
        string? advice = verdict.Error switch
        {
            BpfErrno.EPERM when expected is not null => $"Another program than {expected} is attached",
            BpfErrno.EPERM when !link.IsKernelLink => $"Another program than {link.ProgramText} is attached: somebody else has replaced it",
            BpfErrno.ENOLINK or BpfErrno.ENODEV => $"Interface '{link.InterfaceName}' is gone, or the link was detached",
            BpfErrno.ENOENT => "Somebody else has removed it",
            BpfErrno.EEXIST => $"{program} is attached there already: a list has a program once",
            _ => null,
        };
        return SyscallErrors.Create(verdict.Error, link.UpdateCall, $"replace {link.ProgramText} of {link} by {program}", advice, verdict.Message);
    }

    public static BpfException Detach(TcLink link, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        link.DetachCall,
        $"detach {link.ProgramText} from {link}",
        verdict.Error == BpfErrno.EEXIST ? "Somebody else has put another program in its place, which was left alone" : null,
        verdict.Message);

    private static string Describe(in FilterPlace place) => place.Handle == 0 ? $"with priority {place.Priority}" : $"with priority {place.Priority} and handle 0x{place.Handle:x}";

    private static string Occupied(NetlinkSocket socket, in FilterPlace place)
    {
        _ = TrafficFilter.Find(socket, place, out TrafficFilter? filter);
        string who = filter is null ? "A filter" : filter.IsBpf ? $"The filter '{filter.Name}' with {ProgramNames.Describe(filter.ProgramId)}" : $"A filter of kind '{filter.Kind}'";
        return $"{who} is there: give another priority or handle, or none, so that a free one is chosen";
    }
}
