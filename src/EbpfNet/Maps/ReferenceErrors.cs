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
            BpfMapType.DevMap or BpfMapType.DevMapHash => AdviseOnDevice(error),
            BpfMapType.CpuMap => AdviseOnCpu(map, error),
            BpfMapType.XskMap => AdviseOnXdpSocket(error),
            BpfMapType.CgroupArray when error is BpfErrno.EBADF or BpfErrno.EINVAL or BpfErrno.ENOTDIR =>
                "The folder is not one of a control group; those of version 2, which it has to be, are under the mount of type cgroup2",
            BpfMapType.PerfEventArray => AdviseOnPerfEvent(error),
            _ => null,
        }
        : null;

    private static string? AdviseOnSocket(BpfErrno error) => error switch
    {
        BpfErrno.EOPNOTSUPP =>
            "The socket is not connected, or of a kind that cannot be in such a map. Those that can be: TCP sockets that are connected or listen, UDP sockets that are bound (Linux 5.7), and connected sockets of AF_UNIX (Linux 5.15) and AF_VSOCK",
        BpfErrno.EBUSY =>
            "The socket is in another map that has a program of the same kind: only one of a socket's maps may have. Or another part of the kernel has taken hold of it",
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

    private static string? AdviseOnDevice(BpfErrno error) => error switch
    {
        BpfErrno.EINVAL =>
            "There is no such interface in this thread's network namespace, or the program is not one for such maps (section 'xdp/devmap'), or it is not like those that use the map: "
            + "all with fragments (section 'xdp.frags/devmap') or none",
        _ => null,
    };

    private static string? AdviseOnCpu(BpfMap map, BpfErrno error) => error switch
    {
        BpfErrno.EOVERFLOW => "A queue has room for 16,384 packets at most",
        BpfErrno.ENODEV => "This machine never has a CPU of that number",
        BpfErrno.ENOMEM => // The kernel's answer to a wrong program, too.
            "If there was to be a program, it is not one for such maps (section 'xdp/cpumap'), or it is not like those that use the map: all with fragments (section 'xdp.frags/cpumap') or none. "
            + $"Else the kernel found no memory for the queue; try a shorter one than {map} was to get",
        _ => null,
    };

    private static string? AdviseOnXdpSocket(BpfErrno error) => error switch
    {
        BpfErrno.EOPNOTSUPP => "The socket is not one of AF_XDP",
        _ => AdviseOnDescriptor(error),
    };

    private static string? AdviseOnPerfEvent(BpfErrno error) => error switch
    {
        BpfErrno.EBADF or BpfErrno.EINVAL => "The handle is not one of a perf event that is open",
        BpfErrno.EOPNOTSUPP => "Programs cannot read an event that child processes inherit",
        _ => null,
    };

    private static string? AdviseOnDescriptor(BpfErrno error) => error switch
    {
        BpfErrno.ENOTSOCK => "The handle is no socket's",
        BpfErrno.EBADF => "The handle's descriptor is not open, or is of another kind",
        _ => null,
    };
}
