using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a program of a socket, and what to do about it.</summary>
internal static class SocketErrors
{
    public static BpfException Attach(BpfProgram program, string call, BpfErrno error, string what) => SyscallErrors.Create(
        error,
        call,
        $"attach {program} to {what}",
        error switch
        {
            BpfErrno.EBUSY => "The socket has a filter already: dispose or update its link",
            BpfErrno.EPERM => "The socket's filter was locked (SO_LOCK_FILTER)",
            BpfErrno.EINVAL when call.Contains("REUSEPORT", StringComparison.Ordinal) => "The socket shares no port: set SO_REUSEPORT on it before it is bound",
            BpfErrno.ENOPROTOOPT => "Sockets of this kind take no such program, or the kernel is too old for it",
            _ => null,
        });

    /// <summary>A packet socket could not be had.</summary>
    public static BpfException Open(BpfProgram program, BpfErrno error, string interfaceName) => SyscallErrors.Create(
        error,
        "socket(AF_PACKET)",
        $"attach {program} to the packets of interface '{interfaceName}'",
        error == BpfErrno.EPERM ? "That takes a packet socket: run as root, or give the process CAP_NET_RAW" : null);

    public static BpfException Update(BpfLink link, BpfProgram program, BpfProgram? expected, BpfErrno error) => SyscallErrors.Create(
        error,
        link.UpdateCall,
        $"replace {link.ProgramText} of {link} by {program}",
        error == BpfErrno.EPERM ? expected is not null ? $"Another program than {expected} is attached" : "The filter was locked (SO_LOCK_FILTER), or another program was attached by the same socket since" : null);

    /// <returns><see langword="null"/> where nothing is left to be detached.</returns>
    public static BpfException? Detach(BpfLink link, BpfErrno error) => error == BpfErrno.ENOENT ? null : SyscallErrors.Create(
        error,
        link.DetachCall,
        $"detach {link.ProgramText} from {link}",
        error switch
        {
            BpfErrno.EEXIST => "Somebody else has put another one in its place, which was left alone",
            BpfErrno.EPERM => "The socket's filter was locked (SO_LOCK_FILTER)",
            BpfErrno.ENOPROTOOPT => "Before Linux 5.3 it ends only with the sockets",
            _ => null,
        });
}
