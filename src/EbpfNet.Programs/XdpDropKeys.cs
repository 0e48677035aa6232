using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.Programs;

/// <summary>A rule for IPv4 as the program keeps it: the key of map <c>ipv4_rules</c> (<c>struct xdp_drop_ipv4_rule</c>).</summary>
/// <remarks>Both numbers are in host byte order: 192.0.2.0/24 is 0xFFFFFF00 and 0xC0000200.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv4Rule
{
    /// <summary>The netmask.</summary>
    public uint Mask;

    /// <summary>The network's address; zero where <see cref="Mask"/> is.</summary>
    public uint Network;

    /// <summary>The key for a network.</summary>
    /// <param name="network">An IPv4 network.</param>
    /// <exception cref="ArgumentException">It is of another family.</exception>
    public static XdpDropIPv4Rule From(IPNetwork network)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || !network.BaseAddress.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{network} is no IPv4 network.", nameof(network));
        }

        return new XdpDropIPv4Rule { Mask = (uint)(ulong.MaxValue << (32 - network.PrefixLength)), Network = BinaryPrimitives.ReadUInt32BigEndian(bytes) };
    }
}

/// <summary>A rule for at most 64 bits of IPv6: the key of map <c>ipv6_rules</c> (<c>struct xdp_drop_ipv6_rule</c>).</summary>
/// <remarks>Both numbers are in host byte order: 2001:db8::/32 is 0xFFFFFFFF_00000000 and 0x20010DB8_00000000.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv6Rule
{
    /// <summary>The upper half of the netmask; the lower is zero.</summary>
    public ulong Mask;

    /// <summary>The upper half of the network's address; zero where <see cref="Mask"/> is.</summary>
    public ulong Network;

    /// <summary>The key for a network.</summary>
    /// <param name="network">An IPv6 network of a length of 0 to 64.</param>
    /// <exception cref="ArgumentException">It is of another family, or longer.</exception>
    public static XdpDropIPv6Rule From(IPNetwork network)
    {
        (ulong high, _) = IPv6Halves.Of(network);
        return network.PrefixLength <= 64
            ? new XdpDropIPv6Rule { Mask = network.PrefixLength == 0 ? 0 : ulong.MaxValue << (64 - network.PrefixLength), Network = high }
            : throw new ArgumentException($"{network} is longer than 64 bits.", nameof(network));
    }
}

/// <summary>A rule for more than 64 bits of IPv6: the key of map <c>ipv6_long_rules</c> (<c>struct xdp_drop_ipv6_long_rule</c>).</summary>
/// <remarks>All numbers are in host byte order.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv6LongRule
{
    /// <summary>The lower half of the netmask; the upper is all ones.</summary>
    public ulong MaskLow;

    /// <summary>The upper half of the network's address.</summary>
    public ulong NetworkHigh;

    /// <summary>The lower half of the network's address; zero where <see cref="MaskLow"/> is.</summary>
    public ulong NetworkLow;

    /// <summary>The key for a network.</summary>
    /// <param name="network">An IPv6 network of a length of 65 to 128.</param>
    /// <exception cref="ArgumentException">It is of another family, or shorter.</exception>
    public static XdpDropIPv6LongRule From(IPNetwork network)
    {
        (ulong high, ulong low) = IPv6Halves.Of(network);
        return network.PrefixLength > 64
            ? new XdpDropIPv6LongRule { MaskLow = ulong.MaxValue << (128 - network.PrefixLength), NetworkHigh = high, NetworkLow = low }
            : throw new ArgumentException($"{network} is not longer than 64 bits.", nameof(network));
    }
}

/// <summary>A rule's value in each map of rules (<c>struct xdp_drop_rule</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropRule
{
    /// <summary>The index of the rule's counters in map <c>counters</c>; 3 or more.</summary>
    public uint Id;
}

/// <summary>A set of lengths of IPv6 prefixes: the value of map <c>ipv6_lengths</c> (<c>struct xdp_drop_ipv6_lengths</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv6Lengths
{
    /// <summary>Bit b stands for length 64 - b.</summary>
    public ulong UpTo64;

    /// <summary>Bit b stands for length 128 - b; in the common slot, bit 0 stands for length 0.</summary>
    public ulong Above64;
}

/// <summary>An IPv6 address as the two numbers that the program works with.</summary>
internal static class IPv6Halves
{
    internal static (ulong High, ulong Low) Of(IPNetwork network)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (network.BaseAddress.AddressFamily != AddressFamily.InterNetworkV6 || !network.BaseAddress.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{network} is no IPv6 network.", nameof(network));
        }

        return (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }
}
