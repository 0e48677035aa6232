using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a route that runs a program, and what to do about it.</summary>
internal static class LwtErrors
{
    public static BpfException Attach(BpfProgram program, ProgramRoute route, NetworkDevice device, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        "RTM_NEWROUTE",
        $"attach {program} to a route to {route.Destination} by interface '{device.Name}'",
        verdict.Error switch
        {
            BpfErrno.EEXIST => $"There is such a route with the same metric: give another {nameof(LwtAttachOptions.Metric)}, or remove that route",
            BpfErrno.EOPNOTSUPP => "This kernel runs no such programs on routes (CONFIG_LWTUNNEL_BPF; for section 'lwt_seg6local' CONFIG_IPV6_SEG6_LWTUNNEL and CONFIG_IPV6_SEG6_BPF)",
            BpfErrno.ENETDOWN => $"Interface '{device.Name}' is down",
            BpfErrno.ENETUNREACH or BpfErrno.EHOSTUNREACH => $"The gateway is not on a network of interface '{device.Name}'",
            BpfErrno.ENODEV => $"Interface '{device.Name}' has just disappeared",
            _ => null,
        },
        verdict.Message);

    public static BpfException Update(LwtLink link, BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        link.UpdateCall,
        $"replace {link.ProgramText} of {link} by {program}",
        verdict.Error == BpfErrno.EPERM
            ? expected is null ? "Somebody else has removed or replaced the route" : $"Another program than {expected} is attached, or somebody else has removed the route"
            : null,
        verdict.Message);
}
