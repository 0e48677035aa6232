using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an attachment to a network namespace, and what to do about it.</summary>
internal static class NetnsErrors
{
    public static BpfException Attach(BpfProgram program, BpfNetworkNamespace space, BpfAttachType type, BpfCommand command, BpfErrno error) => SyscallErrors.Create(
        error,
        command,
        $"attach {program} to {space} as {type.CName()}",
        error switch
        {
            BpfErrno.EEXIST or BpfErrno.EBUSY or BpfErrno.E2BIG when type == BpfAttachType.FlowDissector => Occupied(space),
            BpfErrno.E2BIG => "The namespace has as many programs as the kernel allows",
            BpfErrno.EINVAL => $"The kernel does not know {type.CName()} for network namespaces (sk_lookup: Linux 5.9; flow dissectors: 4.20)",
            BpfErrno.EPERM or BpfErrno.EACCES => "It takes CAP_NET_ADMIN in that namespace",
            _ => null,
        });

    public static BpfException Enter(BpfProgram program, BpfNetworkNamespace space, BpfErrno error) => SyscallErrors.Create(
        error,
        NetworkNamespace.EnterCall,
        $"attach {program} to {space} as {BpfAttachType.FlowDissector.CName()}",
        error == BpfErrno.EPERM ? "Where flow dissectors have no links (before Linux 5.8), one is attached from inside the namespace: to enter another one takes CAP_SYS_ADMIN" : null);

    public static BpfException Update(NetnsLink link, BpfProgram program, BpfProgram? expected, BpfErrno error) => SyscallErrors.Create(
        error,
        link.UpdateCall,
        $"replace {link.ProgramText} of {link} by {program}",
        error switch
        {
            BpfErrno.EPERM => $"Another program than {expected?.ToString() ?? link.ProgramText} is attached",
            BpfErrno.EINVAL => "The new program is of another type",
            BpfErrno.EEXIST => "Before Linux 5.5 a flow dissector is not replaced: dispose this link, then attach the new one",
            BpfErrno.ENOLINK or BpfErrno.ENOENT => "The link was detached, or the network namespace is gone",
            _ => null,
        });

    public static BpfException Detach(NetnsLink link, BpfErrno error) => SyscallErrors.Create(
        error,
        link.DetachCall,
        $"detach {link.ProgramText} from {link}",
        error == BpfErrno.ENOENT ? "Somebody else has put another program in its place, which was left alone" : null);

    private static string Occupied(BpfNetworkNamespace space) => ProgramAttachments.QueryOne(space.Handle, BpfAttachType.FlowDissector) is { } id and not 0
        ? $"A namespace has one flow dissector, and this one has {ProgramNames.Describe(id)}: dispose or update its link, or detach it by {nameof(NetnsHook)}.{nameof(NetnsHook.Detach)}"
        : "A flow dissector of the first network namespace goes for all others, and lets them have none; or others have one, and the first cannot get one";
}
