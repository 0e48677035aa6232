using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>A packet of a TCP connection between a client and a server.</summary>
internal sealed record HttpSegment
{
    internal const byte Fin = 0x01;
    internal const byte Syn = 0x02;
    internal const byte Reset = 0x04;
    internal const byte Ack = 0x10;

    private const int TcpHeader = 20;

    public string Client { get; init; } = "192.0.2.7";

    public ushort ClientPort { get; init; } = 40_000;

    public ushort ServerPort { get; init; } = 8081;

    /// <summary>Whether the server sends it.</summary>
    public bool IsFromServer { get; init; }

    public uint Sequence { get; init; }

    public uint Acknowledged { get; init; }

    public byte Flags { get; init; } = Ack;

    public byte[] Payload { get; init; } = [];

    /// <summary>The packet behind an Ethernet header.</summary>
    internal byte[] ToFrame()
    {
        IPAddress client = IPAddress.Parse(Client);
        bool isIPv6 = client.AddressFamily == AddressFamily.InterNetworkV6;
        IPAddress server = IPAddress.Parse(isIPv6 ? "2001:db8::80" : "198.51.100.80");
        byte[] source = (IsFromServer ? server : client).GetAddressBytes();
        byte[] destination = (IsFromServer ? client : server).GetAddressBytes();
        int length = TcpHeader + Payload.Length;
        byte[] ip = isIPv6 ? new byte[40] : new byte[20];
        if (isIPv6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)length);
            ip[6] = (byte)ProtocolType.Tcp;
            ip[7] = 64;
            source.CopyTo(ip, 8);
            destination.CopyTo(ip, 24);
        }
        else
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(ip.Length + length));
            ip[8] = 64;
            ip[9] = (byte)ProtocolType.Tcp;
            source.CopyTo(ip, 12);
            destination.CopyTo(ip, 16);
        }

        byte[] tcp = new byte[TcpHeader];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, IsFromServer ? ServerPort : ClientPort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), IsFromServer ? ClientPort : ServerPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(8), Acknowledged);
        tcp[12] = (TcpHeader / 4) << 4;
        tcp[13] = Flags;
        return [.. new byte[12], .. isIPv6 ? [0x86, 0xDD] : (byte[])[0x08, 0x00], .. ip, .. tcp, .. Payload];
    }
}
