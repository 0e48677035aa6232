using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>An IPv6 network as the key of a <see cref="BpfLpmTrie{TKey, TValue}"/>: <c>struct { __u32 prefixlen; struct in6_addr addr; }</c>, whatever the fields are called.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly struct Ipv6LpmKey : IEquatable<Ipv6LpmKey>, IBpfLayout<Ipv6LpmKey>
{
    /// <summary>How many bits stand before the IPv4 address in an IPv6 one that stands for it.</summary>
    internal const int MappedBits = 96;

    private const int Bits = 128;

    private readonly uint _prefixLength;
    private readonly ulong _first; // The address in network byte order; UInt128 would ask for an alignment of 16.
    private readonly ulong _second;

    /// <summary>Makes the key of an address alone: a prefix of 128 bits.</summary>
    /// <param name="address">An IPv6 address.</param>
    /// <exception cref="ArgumentException">It is an IPv4 address; <see cref="IPAddress.MapToIPv6"/> makes an IPv6 one of it.</exception>
    public Ipv6LpmKey(IPAddress address)
        : this(address, Bits)
    {
    }

    /// <summary>Makes the key of a network.</summary>
    /// <param name="network">An IPv6 network.</param>
    /// <exception cref="ArgumentException">It is an IPv4 network; <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key of an IPv6 one that stands for it.</exception>
    public Ipv6LpmKey(IPNetwork network)
        : this(network.BaseAddress, network.PrefixLength)
    {
    }

    /// <summary>Makes the key of a network.</summary>
    /// <param name="address">An address in it; bits beyond the prefix are cleared. A scope is not part of the key.</param>
    /// <param name="prefixLength">The length of the prefix in bits, 0 to 128.</param>
    /// <exception cref="ArgumentException">It is an IPv4 address; <see cref="IPAddress.MapToIPv6"/> makes an IPv6 one of it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such prefix.</exception>
    public Ipv6LpmKey(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, (uint)Bits, nameof(prefixLength));
        Span<byte> bytes = stackalloc byte[Bits / 8];
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || !address.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{address} is no IPv6 address; an {nameof(Ipv4LpmKey)} takes it.", nameof(address));
        }

        UInt128 mask = prefixLength == 0 ? UInt128.Zero : UInt128.MaxValue << (Bits - prefixLength);
        BinaryPrimitives.WriteUInt128BigEndian(bytes, BinaryPrimitives.ReadUInt128BigEndian(bytes) & mask);
        _prefixLength = (uint)prefixLength;
        _first = MemoryMarshal.Read<ulong>(bytes);
        _second = MemoryMarshal.Read<ulong>(bytes[sizeof(ulong)..]);
    }

    /// <summary>Without fields: what C calls them does not matter.</summary>
    static BpfTypeLayout IBpfLayout<Ipv6LpmKey>.Layout { get; } = new(sizeof(uint) + (Bits / 8));

    /// <summary>The length of the prefix in bits.</summary>
    public int PrefixLength => (int)_prefixLength;

    /// <summary>The network's first address.</summary>
    public IPAddress Address
    {
        get
        {
            ReadOnlySpan<ulong> halves = [_first, _second];
            return new IPAddress(MemoryMarshal.AsBytes(halves));
        }
    }

    /// <summary>The key of an address alone, so that a trie is asked for it as it is: <c>trie.TryGetValue(address, out value)</c>.</summary>
    /// <param name="address">An IPv6 address.</param>
    /// <exception cref="ArgumentException">It is an IPv4 address.</exception>
    public static implicit operator Ipv6LpmKey(IPAddress address) => new(address);

    /// <summary>The key of a network, so that a trie takes it as it is: <c>trie.Set(network, value)</c>.</summary>
    /// <param name="network">An IPv6 network.</param>
    /// <exception cref="ArgumentException">It is an IPv4 network.</exception>
    public static implicit operator Ipv6LpmKey(IPNetwork network) => new(network);

    /// <summary>Whether two keys are the same.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator ==(Ipv6LpmKey left, Ipv6LpmKey right) => left.Equals(right);

    /// <summary>Whether two keys differ.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator !=(Ipv6LpmKey left, Ipv6LpmKey right) => !left.Equals(right);

    /// <summary>The key as a network.</summary>
    /// <exception cref="ArgumentException">The key has bits beyond its prefix, as one that C code stored may have.</exception>
    public IPNetwork ToNetwork() => new(Address, PrefixLength);

    /// <summary>Whether this stands for an IPv4 network: <c>::ffff:0:0/96</c> or what is within.</summary>
    public bool IsIPv4Mapped => PrefixLength >= MappedBits && Address.IsIPv4MappedToIPv6;

    /// <summary>The IPv4 network that this one stands for: <c>192.0.2.0/24</c> for <c>::ffff:192.0.2.0/120</c>.</summary>
    /// <exception cref="InvalidOperationException">It stands for none; see <see cref="IsIPv4Mapped"/>.</exception>
    public Ipv4LpmKey MapToIPv4() =>
        IsIPv4Mapped ? new Ipv4LpmKey(Address.MapToIPv4(), PrefixLength - MappedBits) : throw new InvalidOperationException($"{this} stands for no IPv4 network.");

    /// <inheritdoc/>
    public bool Equals(Ipv6LpmKey other) => _prefixLength == other._prefixLength && _first == other._first && _second == other._second;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ipv6LpmKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_prefixLength, _first, _second);

    /// <summary>The network as it is written: <c>2001:db8::/32</c>.</summary>
    public override string ToString() => $"{Address}/{_prefixLength}";
}
