using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What to do about a refusal by a map that refers to sockets, interfaces, CPUs, control groups or perf events.</summary>
internal static class ReferenceErrors
{
    /// <returns><see langword="null"/> for other kinds, and when nothing special is known.</returns>
    public static string? Advise(BpfMap map, BpfCommand command, BpfErrno error) => command == BpfCommand.MapUpdateElem
        ? map.Type switch
        {
            BpfMapType.SockMap or BpfMapType.SockHash => AdviseOnSocket(error),
            BpfMapType.ReusePortSockArray => AdviseOnReusePort(error),
            _ => null,
        }
        : null;

    private static string? AdviseOnSocket(BpfErrno error) => error switch
    {
        BpfErrno.EOPNOTSUPP =>
            "The socket is not connected, or of a kind that cannot be in such a map. Those that can be: TCP sockets that are connected or listen, UDP sockets (Linux 5.7), and connected sockets of AF_UNIX (Linux 5.15) and AF_VSOCK",
        BpfErrno.EBUSY =>
            "The socket is in another map whose programs are not the same, so that the kernel would not know which to run; or another part of the kernel has taken hold of it",
        BpfErrno.EINVAL => "The socket was closed, or has a protocol above its own, such as the kernel's TLS",
        _ => AdviseOnDescriptor(error),
    };

    private static string? AdviseOnReusePort(BpfErrno error) => error switch
    {
        BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => "Only TCP and UDP sockets over IP can be in it",
        BpfErrno.EINVAL => "The socket needs the option SO_REUSEPORT, set before it is bound, and has to be bound to its address, or, for TCP, listening already",
        BpfErrno.EBUSY => "The socket is in such a map already: it can be in one at one place only",
        _ => AdviseOnDescriptor(error),
    };

    private static string? AdviseOnDescriptor(BpfErrno error) => error switch
    {
        BpfErrno.ENOTSOCK => "The handle is no socket's",
        BpfErrno.EBADF => "The handle's descriptor is not open, or is of another kind",
        _ => null,
    };
}
