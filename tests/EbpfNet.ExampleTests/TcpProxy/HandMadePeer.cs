using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>
/// A TCP client that no kernel has: it sends a stream's bytes in the segments that a test says, be they late, early or both. They come out of the server's own loopback
/// interface, which takes them as large as they get; what the server sends it goes to a gateway, which drops it where a host would answer with a reset.
/// </summary>
internal sealed class HandMadePeer : IDisposable
{
    private const int ProtocolIPv4 = 0x0800;
    private const int IpHeader = 20;
    private const int TcpHeader = 20;
    private const byte Fin = 0x01;
    private const byte Syn = 0x02;
    private const byte Reset = 0x04;
    private const byte Push = 0x08;
    private const byte Ack = 0x10;
    private const int LargestSegment = 30_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BeforeSendingAgain = TimeSpan.FromMilliseconds(200);

    private static readonly IPAddress Address = IPAddress.Parse("198.51.100.7");
    private static readonly IPAddress ServerAddress = IPAddress.Parse("172.20.0.1");
    private static readonly IPAddress GatewayAddress = IPAddress.Parse("172.20.0.2");

    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly IPEndPoint _server;
    private readonly byte[] _stream;
    private readonly uint _first;
    private readonly byte[] _received = new byte[64 * 1024];
    private uint _next;
    private uint _acknowledged;
    private bool _isEnded;

    private HandMadePeer(NetworkHost server, NetworkHost gateway, int serverPort, ushort port, byte[] stream, uint first)
    {
        _sender = server.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        _sender.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        _receiver = gateway.CreateSocket(AddressFamily.Packet, SocketType.Dgram, (ProtocolType)IPAddress.HostToNetworkOrder((short)ProtocolIPv4));
        _server = new IPEndPoint(ServerAddress, serverPort);
        Port = port;
        _stream = stream;
        _first = first;
    }

    /// <summary>Its own port.</summary>
    internal ushort Port { get; }

    /// <summary>Gives a host a way to such peers.</summary>
    /// <returns>The gateway.</returns>
    internal static NetworkHost CreateGateway(NetworkHost server)
    {
        NetworkHost gateway = NetworkHost.Create("gateway");
        try
        {
            VethPair.Create(server, "eth0", gateway, "eth0");
            server.AddAddress("eth0", ServerAddress, 24);
            gateway.AddAddress("eth0", GatewayAddress, 24);
            server.AddRoute(Address, 32, GatewayAddress);
            return gateway;
        }
        catch
        {
            gateway.Dispose();
            throw;
        }
    }

    /// <summary>Connects.</summary>
    /// <param name="server">The host to connect to.</param>
    /// <param name="gateway">Its way there.</param>
    /// <param name="serverPort">The port to connect to.</param>
    /// <param name="port">The peer's own, another one for each.</param>
    /// <param name="stream">What it has to send.</param>
    /// <param name="first">The sequence number of the first byte.</param>
    internal static HandMadePeer Connect(NetworkHost server, NetworkHost gateway, int serverPort, ushort port, byte[] stream, uint first)
    {
        HandMadePeer peer = new(server, gateway, serverPort, port, stream, first);
        try
        {
            peer.SendSegment(first - 1, Syn, []);
            peer.ReceiveUntil(() => peer._next != 0);
            peer.SendSegment(first, Ack, []);
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>Sends some of the stream's bytes as one segment.</summary>
    /// <param name="from">Where they begin.</param>
    /// <param name="to">Where they end.</param>
    /// <param name="isLast">Whether the segment says that the stream ends there.</param>
    internal void Send(int from, int to, bool isLast = false)
        => SendSegment(_first + (uint)from, (byte)(Ack | Push | (isLast ? Fin : 0)), _stream.AsSpan(from..to));

    /// <summary>Waits until the other side has all up to a place in the stream; one behind its last byte is the end. What it does not take, for its buffers are full, is sent again.</summary>
    internal void WaitUntilAcknowledged(int to)
        => ReceiveUntil(() => Acknowledged >= to, () => Send(Acknowledged, Math.Min(Acknowledged + LargestSegment, to)));

    /// <summary>Waits until the other side has sent its end, and acknowledges it.</summary>
    internal void WaitForEnd() => ReceiveUntil(() => _isEnded);

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private int Acknowledged => (int)(_acknowledged - _first);

    private void ReceiveUntil(Func<bool> condition, Action? sendAgain = null)
    {
        for (long start = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Patience);
            if (_receiver.Poll(BeforeSendingAgain, SelectMode.SelectRead))
            {
                Take(_received.AsSpan(0, _receiver.Receive(_received)));
            }
            else
            {
                sendAgain?.Invoke();
            }
        }
    }

    private void Take(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> segment = packet[((packet[0] & 0x0F) * 4)..];
        if (packet[9] != (byte)ProtocolType.Tcp || BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) != Port)
        {
            return;
        }

        byte flags = segment[13];
        Assert.Equal(0, flags & Reset);
        _acknowledged = BinaryPrimitives.ReadUInt32BigEndian(segment[8..]);
        if ((flags & (Syn | Fin)) != 0)
        {
            _next = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]) + 1; // the server has nothing to say in between
        }

        if ((flags & Fin) != 0)
        {
            _isEnded = true;
            SendSegment(_acknowledged, Ack, []);
        }
    }

    private void SendSegment(uint sequence, byte flags, ReadOnlySpan<byte> data)
    {
        byte[] packet = new byte[IpHeader + TcpHeader + data.Length];
        (packet[0], packet[8], packet[9]) = (0x45, 64, (byte)ProtocolType.Tcp); // the kernel sets the length and the IP header's checksum
        Address.GetAddressBytes().CopyTo(packet, 12);
        ServerAddress.GetAddressBytes().CopyTo(packet, 16);

        Span<byte> segment = packet.AsSpan(IpHeader);
        BinaryPrimitives.WriteUInt16BigEndian(segment, Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)_server.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], _next);
        (segment[12], segment[13], segment[14]) = (TcpHeader / 4 << 4, flags, 0xFF); // and the window
        data.CopyTo(segment[TcpHeader..]);
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], Checksum(packet.AsSpan(12, 8), segment));
        _sender.SendTo(packet, SocketFlags.None, _server);
    }

    /// <summary>TCP's checksum: over both addresses, the protocol, the length and the segment.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> segment)
    {
        ulong sum = (ulong)ProtocolType.Tcp + (ulong)segment.Length + Sum(addresses) + Sum(segment);
        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (int at = 0; at < bytes.Length; at++)
        {
            sum += at % 2 == 0 ? (ulong)bytes[at] << 8 : bytes[at];
        }

        return sum;
    }
}
