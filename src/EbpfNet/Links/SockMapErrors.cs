using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an attachment to a map of sockets, and what to do about it.</summary>
internal static class SockMapErrors
{
    public static BpfException Occupied(BpfProgram program, BpfMap map, BpfAttachType type, BpfCommand command, uint otherId) => SyscallErrors.Create(
        BpfErrno.EBUSY,
        command,
        Doing(program, map, type),
        $"A program with id {otherId} is attached there already: dispose its link, or update that one to the new program");

    public static BpfException Attach(BpfProgram program, BpfMap map, BpfAttachType type, BpfCommand command, BpfErrno error) => SyscallErrors.Create(
        error,
        command,
        Doing(program, map, type),
        error switch
        {
            BpfErrno.EBUSY when type is BpfAttachType.SkSkbVerdict or BpfAttachType.SkSkbStreamVerdict =>
                "A program is attached there by a link, or one as BPF_SK_SKB_VERDICT and one as BPF_SK_SKB_STREAM_VERDICT are to be attached to the same map, which has only one of both",
            BpfErrno.EBUSY => "A program is attached there already, by a link",
            BpfErrno.EOPNOTSUPP => $"The kernel was built without what {type.CName()} needs (CONFIG_BPF_STREAM_PARSER), or does not know it",
            BpfErrno.EINVAL when type == BpfAttachType.SkSkbVerdict => $"The kernel does not know {type.CName()} (Linux 5.13): attach the program as {BpfAttachType.SkSkbStreamVerdict.CName()}",
            BpfErrno.EINVAL => $"The kernel does not know {type.CName()}",
            _ => null,
        });

    public static BpfException Update(SockMapLink link, BpfProgram program, BpfProgram? expected, BpfErrno error) => SyscallErrors.Create(
        error,
        link.UpdateCall,
        $"replace {link.ProgramText} of {link} by {program}",
        error switch
        {
            BpfErrno.EPERM => $"Another program than {expected?.ToString() ?? link.ProgramText} is attached",
            BpfErrno.ENOLINK => "The link was detached",
            _ => null,
        });

    public static BpfException Detach(SockMapLink link, BpfErrno error) => SyscallErrors.Create(
        error,
        link.DetachCall,
        $"detach {link.ProgramText} from {link}",
        error == BpfErrno.ENOENT ? "Somebody else has put another program in its place, which was left alone" : null);

    private static string Doing(BpfProgram program, BpfMap map, BpfAttachType type) => $"attach {program} to {map} as {type.CName()}";
}
