using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Programs;

/// <summary>Four bytes in wire order (<c>__u8[4]</c>).</summary>
[InlineArray(4)]
public struct XdpDropIPv4Bytes
{
    private byte _first;
}

/// <summary>Sixteen bytes in wire order (<c>__u8[16]</c>).</summary>
[InlineArray(16)]
public struct XdpDropIPv6Bytes
{
    private byte _first;
}

/// <summary>An IPv4 address as the program keeps it: the key of map <c>ipv4_addresses</c> (<c>struct ipv4_address</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv4Address
{
    /// <summary>The address in network byte order.</summary>
    public XdpDropIPv4Bytes Bytes;

    /// <summary>The key for an address.</summary>
    /// <param name="address">An IPv4 address.</param>
    /// <exception cref="ArgumentException">It is of another family.</exception>
    public static XdpDropIPv4Address From(IPAddress address)
    {
        XdpDropIPv4Address key = default;
        AddressBytes.Write(address, key.Bytes);
        return key;
    }

    /// <summary>The address that this key stands for.</summary>
    public readonly IPAddress ToIPAddress() => new((ReadOnlySpan<byte>)Bytes);
}

/// <summary>An IPv6 address as the program keeps it: the key of map <c>ipv6_addresses</c> (<c>struct ipv6_address</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv6Address
{
    /// <summary>The address in network byte order.</summary>
    public XdpDropIPv6Bytes Bytes;

    /// <summary>The key for an address.</summary>
    /// <param name="address">An IPv6 address; its scope id is left out, since packets carry none.</param>
    /// <exception cref="ArgumentException">It is of another family.</exception>
    public static XdpDropIPv6Address From(IPAddress address)
    {
        XdpDropIPv6Address key = default;
        AddressBytes.Write(address, key.Bytes);
        return key;
    }

    /// <summary>The address that this key stands for.</summary>
    public readonly IPAddress ToIPAddress() => new((ReadOnlySpan<byte>)Bytes);
}

/// <summary>An IPv4 prefix as the program keeps it: the key of map <c>ipv4_prefixes</c> (<c>struct xdp_drop_ipv4_prefix</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv4Prefix
{
    /// <summary>How many leading bits count, 0 to 32; host byte order.</summary>
    public uint Length;

    /// <summary>The address; bits after <see cref="Length"/> are zero.</summary>
    public XdpDropIPv4Address Address;

    /// <summary>The key for a prefix.</summary>
    /// <param name="network">An IPv4 network.</param>
    /// <exception cref="ArgumentException">It is of another family.</exception>
    public static XdpDropIPv4Prefix From(IPNetwork network) => new() { Length = (uint)network.PrefixLength, Address = XdpDropIPv4Address.From(network.BaseAddress) };

    /// <summary>The prefix that this key stands for.</summary>
    public readonly IPNetwork ToIPNetwork() => new(Address.ToIPAddress(), (int)Length);
}

/// <summary>An IPv6 prefix as the program keeps it: the key of map <c>ipv6_prefixes</c> (<c>struct xdp_drop_ipv6_prefix</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropIPv6Prefix
{
    /// <summary>How many leading bits count, 0 to 128; host byte order.</summary>
    public uint Length;

    /// <summary>The address; bits after <see cref="Length"/> are zero.</summary>
    public XdpDropIPv6Address Address;

    /// <summary>The key for a prefix.</summary>
    /// <param name="network">An IPv6 network.</param>
    /// <exception cref="ArgumentException">It is of another family.</exception>
    public static XdpDropIPv6Prefix From(IPNetwork network) => new() { Length = (uint)network.PrefixLength, Address = XdpDropIPv6Address.From(network.BaseAddress) };

    /// <summary>The prefix that this key stands for.</summary>
    public readonly IPNetwork ToIPNetwork() => new(Address.ToIPAddress(), (int)Length);
}

/// <summary>A rule as the program keeps it: the value of the four maps of rules (<c>struct xdp_drop_rule</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct XdpDropRule
{
    /// <summary>The index of the rule's counters in map <c>counters</c>; 3 or more.</summary>
    public uint Id;
}

/// <summary>Fills a key from an address, once its family is known to be the key's.</summary>
internal static class AddressBytes
{
    internal static void Write(IPAddress address, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        if (length != destination.Length)
        {
            throw new ArgumentException($"{address} has {length} bytes, {destination.Length} are needed.", nameof(address));
        }

        bytes[..length].CopyTo(destination);
    }
}
