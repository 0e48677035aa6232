using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>Builds Ethernet frames byte by byte.</summary>
internal static class Frame
{
    public const ushort IPv4 = 0x0800;
    public const ushort IPv6 = 0x86DD;
    public const ushort Arp = 0x0806;
    public const ushort Vlan = 0x8100;
    public const ushort VlanService = 0x88A8;

    public const int EthernetLength = 14;
    public const int TagLength = 4;
    public const int IPv4Length = 20;
    public const int IPv6Length = 40;

    /// <summary>A UDP packet from an address to one of its family, in a frame with these VLAN tags, the outer first.</summary>
    public static byte[] From(IPAddress source, params ReadOnlySpan<ushort> tags)
    {
        bool ipv4 = source.AddressFamily == AddressFamily.InterNetwork;
        return WithTags(ipv4 ? IPv4 : IPv6, ipv4 ? IPv4Packet(source) : IPv6Packet(source), tags);
    }

    /// <summary>A UDP packet from an address, given as text.</summary>
    public static byte[] From(string source, params ReadOnlySpan<ushort> tags) => From(IPAddress.Parse(source), tags);

    /// <summary>A frame of a type and a payload behind VLAN tags, sent to all hosts.</summary>
    public static byte[] WithTags(ushort type, ReadOnlySpan<byte> payload, params ReadOnlySpan<ushort> tags)
    {
        byte[] frame = new byte[EthernetLength + (tags.Length * TagLength) + payload.Length];
        frame.AsSpan(0, 6).Fill(0xFF);
        frame.AsSpan(6, 6).Fill(0x02);
        Span<byte> rest = frame.AsSpan(12);
        for (int i = 0; i < tags.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, tags[i]);
            BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)(100 + i)); // the VLAN's number
            rest = rest[TagLength..];
        }

        BinaryPrimitives.WriteUInt16BigEndian(rest, type);
        payload.CopyTo(rest[2..]);
        return frame;
    }

    private static byte[] IPv4Packet(IPAddress source)
    {
        byte[] packet = new byte[IPv4Length + 28];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = (byte)ProtocolType.Udp;
        source.TryWriteBytes(packet.AsSpan(12), out _);
        IPAddress.Broadcast.TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, IPv4Length)));
        return packet;
    }

    private static byte[] IPv6Packet(IPAddress source)
    {
        byte[] packet = new byte[IPv6Length + 8];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), 8);
        packet[6] = (byte)ProtocolType.Udp;
        packet[7] = 64;
        source.TryWriteBytes(packet.AsSpan(8), out _);
        IPAddress.Parse("ff02::1").TryWriteBytes(packet.AsSpan(24), out _);
        return packet;
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
