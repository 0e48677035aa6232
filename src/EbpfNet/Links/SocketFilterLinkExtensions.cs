using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches socket filters.</summary>
public static class SocketFilterLinkExtensions
{
    internal const string Call = "setsockopt(SO_ATTACH_BPF)";

    /// <summary>Attaches a program of section <c>socket</c> to a socket, which must have no filter yet (<c>SO_ATTACH_BPF</c>, Linux 3.19): what it returns is how many bytes of a packet the socket gets.</summary>
    /// <param name="program">The program.</param>
    /// <param name="socket">The socket, of any kind. What it has received before stays.</param>
    /// <returns>The link; disposing it takes the filter off. So does closing the socket.</returns>
    /// <exception cref="ArgumentException">The program is no socket filter.</exception>
    /// <exception cref="BpfSyscallException">The socket has a filter already, or its filter is locked.</exception>
    /// <exception cref="ObjectDisposedException">The program or the socket was disposed.</exception>
    public static SocketFilterLink AttachSocketFilter(this BpfProgram program, Socket socket)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(socket);
        RequireFilter(program);
        Attach(program, socket, "the socket");
        return new SocketFilterLink(program, socket, interfaceName: null);
    }

    /// <summary>
    /// Attaches a program of section <c>socket</c> to the packets of a network interface, in both directions, through a packet socket that is opened for it (<c>AF_PACKET</c>; CAP_NET_RAW). It
    /// sees them and decides what <see cref="SocketFilterLink.Socket"/> gets of them; the packets themselves go on as without it.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceName">The interface, in the network namespace of the calling thread.</param>
    /// <returns>The link, with the socket; disposing it closes that.</returns>
    /// <exception cref="ArgumentException">The program is no socket filter.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface (the message has the nearest name), CAP_NET_RAW is missing, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static SocketFilterLink AttachSocketFilter(this BpfProgram program, string interfaceName)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        RequireFilter(program);
        int index = FindInterface(program, interfaceName);
        Socket socket = OpenPacketSocket(program, interfaceName);
        try
        {
            Attach(program, socket, $"a packet socket of interface '{interfaceName}'");
            socket.Bind(new PacketEndPoint(index));
            return new SocketFilterLink(program, socket, interfaceName);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One that receives nothing before it is bound.</summary>
    private static Socket OpenPacketSocket(BpfProgram program, string interfaceName)
    {
        try
        {
            return new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
        }
        catch (SocketException e)
        {
            BpfErrno error = e.SocketErrorCode == SocketError.AccessDenied ? BpfErrno.EPERM : (BpfErrno)e.NativeErrorCode; // .NET makes EACCES of it
            throw SocketErrors.Open(program, error, interfaceName);
        }
    }

    internal static void RequireFilter(BpfProgram program)
    {
        if (program.Type != BpfProgramType.SocketFilter)
        {
            throw new ArgumentException($"Only programs of section socket are filters of sockets; {program} is of type {program.Type.CName()}.", nameof(program));
        }
    }

    private static void Attach(BpfProgram program, Socket socket, string what)
    {
        // The kernel would put ours in its place without a word.
        BpfErrno error = SocketPrograms.HasFilter(socket.SafeHandle, out _) ? BpfErrno.EBUSY : SocketPrograms.AttachFilter(socket.SafeHandle, program.Handle);
        if (error != BpfErrno.None)
        {
            throw SocketErrors.Attach(program, Call, error, what);
        }
    }

    private static int FindInterface(BpfProgram program, string name)
    {
        using NetlinkSocket route = NetlinkSocket.Open();
        return NetworkDevice.Get(route, name, 0, $"attach {program} to the packets of interface {NetworkDeviceErrors.Describe(name, 0)}").Index;
    }
}
