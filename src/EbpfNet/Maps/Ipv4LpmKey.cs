using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>An IPv4 network as the key of a <see cref="BpfLpmTrie{TKey, TValue}"/>: <c>struct { __u32 prefixlen; __be32 addr; }</c>, whatever the fields are called.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Ipv4LpmKey : IEquatable<Ipv4LpmKey>, IBpfLayout<Ipv4LpmKey>
{
    private const int Bits = 32;

    private readonly uint _prefixLength;
    private readonly uint _address; // In network byte order.

    /// <summary>Makes the key of an address alone: a prefix of 32 bits.</summary>
    /// <param name="address">An IPv4 address, or an IPv6 one that stands for it (<c>::ffff:192.0.2.1</c>).</param>
    /// <exception cref="ArgumentException">It is another IPv6 address.</exception>
    public Ipv4LpmKey(IPAddress address)
        : this(address, Bits)
    {
    }

    /// <summary>Makes the key of a network.</summary>
    /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
    /// <exception cref="ArgumentException">It is another IPv6 network.</exception>
    public Ipv4LpmKey(IPNetwork network)
        : this(network.BaseAddress, FindLength(network))
    {
    }

    /// <summary>Makes the key of a network.</summary>
    /// <param name="address">An address in it; bits beyond the prefix are cleared.</param>
    /// <param name="prefixLength">The length of the prefix in bits, 0 to 32.</param>
    /// <exception cref="ArgumentException">It is an IPv6 address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such prefix.</exception>
    public Ipv4LpmKey(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, (uint)Bits, nameof(prefixLength));
        IPAddress four = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        if (four.AddressFamily != AddressFamily.InterNetwork || !four.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{address} is no IPv4 address; an {nameof(Ipv6LpmKey)} takes it.", nameof(address));
        }

        uint mask = prefixLength == 0 ? 0 : uint.MaxValue << (Bits - prefixLength);
        _prefixLength = (uint)prefixLength;
        _address = BinaryPrimitives.ReadUInt32BigEndian(bytes) & mask;
        if (BitConverter.IsLittleEndian)
        {
            _address = BinaryPrimitives.ReverseEndianness(_address);
        }
    }

    /// <summary>Without fields: what C calls them does not matter.</summary>
    static BpfTypeLayout IBpfLayout<Ipv4LpmKey>.Layout { get; } = new(sizeof(uint) + (Bits / 8));

    /// <summary>The length of the prefix in bits.</summary>
    public int PrefixLength => (int)_prefixLength;

    /// <summary>The network's first address.</summary>
    public IPAddress Address => new(_address);

    /// <summary>The key of an address alone, so that a trie is asked for it as it is: <c>trie.TryGetValue(address, out value)</c>.</summary>
    /// <param name="address">An IPv4 address, or an IPv6 one that stands for it (<c>::ffff:192.0.2.1</c>).</param>
    /// <exception cref="ArgumentException">It is another IPv6 address.</exception>
    public static implicit operator Ipv4LpmKey(IPAddress address) => new(address);

    /// <summary>The key of a network, so that a trie takes it as it is: <c>trie.Set(network, value)</c>.</summary>
    /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
    /// <exception cref="ArgumentException">It is another IPv6 network.</exception>
    public static implicit operator Ipv4LpmKey(IPNetwork network) => new(network);

    /// <summary>Whether two keys are the same.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator ==(Ipv4LpmKey left, Ipv4LpmKey right) => left.Equals(right);

    /// <summary>Whether two keys differ.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator !=(Ipv4LpmKey left, Ipv4LpmKey right) => !left.Equals(right);

    /// <summary>The key as a network.</summary>
    /// <exception cref="ArgumentException">The key has bits beyond its prefix, as one that C code stored may have.</exception>
    public IPNetwork ToNetwork() => new(Address, PrefixLength);

    /// <summary>The IPv6 network that stands for this one: <c>::ffff:192.0.2.0/120</c> for <c>192.0.2.0/24</c>. For tries that hold both families.</summary>
    public Ipv6LpmKey MapToIPv6() => new(Address.MapToIPv6(), PrefixLength + Ipv6LpmKey.MappedBits);

    /// <inheritdoc/>
    public bool Equals(Ipv4LpmKey other) => _prefixLength == other._prefixLength && _address == other._address;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ipv4LpmKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_prefixLength, _address);

    /// <summary>The network as it is written: <c>192.0.2.0/24</c>.</summary>
    public override string ToString() => $"{Address}/{_prefixLength}";

    /// <summary>The length of the prefix within the four bytes. What is no IPv4 network at all is refused for its address.</summary>
    private static int FindLength(IPNetwork network)
    {
        bool isMapped = network.BaseAddress.IsIPv4MappedToIPv6;
        return isMapped && network.PrefixLength >= Ipv6LpmKey.MappedBits ? network.PrefixLength - Ipv6LpmKey.MappedBits
            : isMapped ? throw new ArgumentException($"{network} holds more than IPv4 addresses; an {nameof(Ipv6LpmKey)} takes it.", nameof(network))
            : Math.Min(network.PrefixLength, Bits);
    }
}
