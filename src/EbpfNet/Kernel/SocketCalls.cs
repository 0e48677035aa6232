using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The C library's socket functions, as netlink needs them.</summary>
internal static unsafe partial class SocketCalls
{
    public const int AddressFamilyNetlink = 16; // AF_NETLINK
    public const int RawCloseOnExec = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
    public const int Truncate = 0x20; // MSG_TRUNC: recvfrom tells the message's own length

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, NetlinkAddress* address, uint length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int fd, int level, int name, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int fd, byte* data, nuint length, int flags, NetlinkAddress* address, uint addressLength);

    [LibraryImport(Library, EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint ReceiveFrom(int fd, byte* data, nuint length, int flags, NetlinkAddress* address, uint* addressLength);

    /// <summary><c>struct sockaddr_nl</c>; port 0 is the kernel.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct NetlinkAddress
    {
        public ushort Family;
        private readonly ushort _padding;
        public uint Port;
        public uint Groups;
    }
}
