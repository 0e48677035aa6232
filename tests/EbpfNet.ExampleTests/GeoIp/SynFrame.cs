using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>A frame with the packet that begins a TCP connection, or one that is much like it.</summary>
internal sealed record SynFrame(string Source, ushort Port)
{
    public byte Flags { get; init; } = 0x02; // SYN

    public uint Sequence { get; init; } = 1;

    public ushort SourcePort { get; init; } = 40_000;

    /// <summary>Ethertypes of VLAN tags.</summary>
    public ushort[] Tags { get; init; } = [];

    /// <summary>Bytes of options in an IPv4 header; a multiple of 4.</summary>
    public int Options { get; init; }

    /// <summary>IPv4: fragment offset in 8 bytes.</summary>
    public ushort Fragment { get; init; }

    /// <summary>IPv6: extension headers, each its number and its bytes, whose first is filled in.</summary>
    public (byte Number, byte[] Bytes)[] Extensions { get; init; } = [];

    public byte[] ToBytes()
    {
        IPAddress source = IPAddress.Parse(Source);
        bool isIPv6 = source.AddressFamily == AddressFamily.InterNetworkV6;
        List<byte> frame = [.. new byte[12]];
        foreach (ushort tag in Tags)
        {
            frame.AddRange([(byte)(tag >> 8), (byte)tag, 0, 7]);
        }

        frame.AddRange(isIPv6 ? [0x86, 0xDD] : [0x08, 0x00]);
        byte[] tcp = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), Sequence);
        tcp[12] = 5 << 4;
        tcp[13] = Flags;
        if (isIPv6)
        {
            byte[] ip = new byte[40];
            ip[0] = 0x60;
            ip[7] = 64;
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)(tcp.Length + Extensions.Sum(extension => extension.Bytes.Length)));
            source.GetAddressBytes().CopyTo(ip, 8);
            IPAddress.Parse("2001:db8::80").GetAddressBytes().CopyTo(ip, 24);
            ip[6] = Extensions is [var first, ..] ? first.Number : (byte)6;
            frame.AddRange(ip);
            for (int i = 0; i < Extensions.Length; i++)
            {
                byte[] bytes = [.. Extensions[i].Bytes];
                bytes[0] = i + 1 < Extensions.Length ? Extensions[i + 1].Number : (byte)6;
                frame.AddRange(bytes);
            }
        }
        else
        {
            byte[] ip = new byte[20 + Options];
            ip[0] = (byte)(0x40 | (ip.Length / 4));
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(ip.Length + tcp.Length));
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(6), Fragment);
            ip[8] = 64;
            ip[9] = 6;
            source.GetAddressBytes().CopyTo(ip, 12);
            IPAddress.Parse("198.51.100.80").GetAddressBytes().CopyTo(ip, 16);
            frame.AddRange(ip);
        }

        frame.AddRange(tcp);
        return [.. frame];
    }
}
