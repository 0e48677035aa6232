using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Links;

/// <summary>What processes in a control group do that its programs are asked about.</summary>
internal static partial class CgroupActivity
{
    /// <summary>Every thing once: sockets of all families are made, bound, connected, written to, read from, asked for their addresses and options; a setting is read, a device opened.</summary>
    public static void DoEverything()
    {
        Datagrams(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0));
        Datagrams(new IPEndPoint(IPAddress.IPv6Loopback, 0), new IPEndPoint(IPAddress.IPv6Loopback, 0));
        Connection(IPAddress.Loopback);
        Connection(IPAddress.IPv6Loopback);
        UnixSockets();
        _ = File.ReadAllText("/proc/sys/net/ipv4/ip_forward");
        using FileStream device = File.OpenWrite("/dev/null");
    }

    /// <summary>Connects over TCP; the error is the kernel's.</summary>
    public static SocketError Connect(IPEndPoint to)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(to);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private static void Datagrams(EndPoint one, EndPoint other)
    {
        using var sender = new Socket(one.AddressFamily, SocketType.Dgram, ProtocolType.Unspecified);
        using var receiver = new Socket(other.AddressFamily, SocketType.Dgram, ProtocolType.Unspecified);
        receiver.Bind(other);
        sender.Bind(one);
        EndPoint to = receiver.LocalEndPoint!;
        sender.SendTo([1], to);
        EndPoint from = sender.LocalEndPoint!;
        receiver.ReceiveFrom(new byte[1], ref from);
    }

    private static void Connection(IPAddress address)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _ = client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive);
        AskForNames(client);
    }

    private static void UnixSockets()
    {
        string folder = Directory.CreateTempSubdirectory("ebpfnet").FullName;
        try
        {
            Datagrams(new UnixDomainSocketEndPoint(Path.Join(folder, "one")), new UnixDomainSocketEndPoint(Path.Join(folder, "other")));
            var at = new UnixDomainSocketEndPoint(Path.Join(folder, "stream"));
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(at);
            listener.Listen();
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(at);
            AskForNames(client);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>.NET remembers the addresses; the kernel is to be asked.</summary>
    private static unsafe void AskForNames(Socket socket)
    {
        byte* address = stackalloc byte[128];
        uint length = 128;
        Assert.Equal(0, GetPeerName((int)socket.Handle, address, &length));
        length = 128;
        Assert.Equal(0, GetSockName((int)socket.Handle, address, &length));
    }

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    private static unsafe partial int GetPeerName(int socket, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static unsafe partial int GetSockName(int socket, byte* address, uint* length);
}
