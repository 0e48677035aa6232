using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Programs that a socket has by its options.</summary>
internal static unsafe partial class SocketPrograms
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int GetFilter = 26; // SO_GET_FILTER
    private const int DetachFilterOption = 27; // SO_DETACH_FILTER
    private const int AttachFilterOption = 50; // SO_ATTACH_BPF
    private const int AttachReusePortOption = 52; // SO_ATTACH_REUSEPORT_EBPF
    private const int DetachReusePortOption = 68; // SO_DETACH_REUSEPORT_BPF

    /// <summary>Puts a program in the place of the socket's filter, whichever it has.</summary>
    public static BpfErrno AttachFilter(SafeHandle socket, BpfHandle program) => Attach(socket, program, AttachFilterOption);

    public static BpfErrno DetachFilter(SafeHandle socket) => SetOption(socket, DetachFilterOption, 0);

    /// <summary>Puts a program in the place of what chooses among the sockets that share the socket's port.</summary>
    public static BpfErrno AttachReusePort(SafeHandle socket, BpfHandle program) => Attach(socket, program, AttachReusePortOption);

    public static BpfErrno DetachReusePort(SafeHandle socket) => SetOption(socket, DetachReusePortOption, 0);

    /// <summary>Whether the socket has a filter.</summary>
    /// <param name="socket">The socket; one that is closed has none.</param>
    /// <param name="isBpf">Whether it is a BPF program rather than a classic filter.</param>
    public static bool HasFilter(SafeHandle socket, out bool isBpf)
    {
        isBpf = false;
        bool held = false;
        try
        {
            socket.DangerousAddRef(ref held);

            // The instructions of a classic filter can be had, those of a BPF program cannot.
            uint length = 0;
            int result = GetOption((int)socket.DangerousGetHandle(), SocketLevel, GetFilter, null, &length);
            isBpf = result != 0 && (BpfErrno)Marshal.GetLastPInvokeError() == BpfErrno.EACCES;
            return isBpf || length > 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (held)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary>The interface that a packet socket is bound to: its index, -1 once it is gone, 0 for a socket that is closed.</summary>
    public static int InterfaceOf(SafeHandle socket)
    {
        const int IndexOffset = 4; // in struct sockaddr_ll
        byte* address = stackalloc byte[20];
        uint length = 20;
        try
        {
            return GetName(socket, address, &length) == 0 ? *(int*)(address + IndexOffset) : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private static BpfErrno Attach(SafeHandle socket, BpfHandle program, int option)
    {
        using BpfHandle.Lease fd = program.Acquire();
        return SetOption(socket, option, fd.Fd);
    }

    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    private static BpfErrno SetOption(SafeHandle socket, int option, int value)
    {
        bool held = false;
        try
        {
            socket.DangerousAddRef(ref held);
            return SocketCalls.SetOption((int)socket.DangerousGetHandle(), SocketLevel, option, &value, sizeof(int)) == 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();
        }
        finally
        {
            if (held)
            {
                socket.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int GetName(SafeHandle socket, void* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int fd, int level, int name, void* value, uint* length);
}
