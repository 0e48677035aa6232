using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet.Programs;

// The keys of the maps of rules; all numbers are in host byte order: 192.0.2.0/24 is 0xFFFFFF00 and 0xC0000200.
public sealed partial class XdpDropProgram
{
    public partial struct XdpDropIpv4Rule
    {
        /// <summary>The key for a network.</summary>
        /// <param name="network">An IPv4 network.</param>
        /// <exception cref="ArgumentException">It is of another family.</exception>
        public static XdpDropIpv4Rule From(IPNetwork network)
        {
            Span<byte> bytes = stackalloc byte[4];
            if (network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || !network.BaseAddress.TryWriteBytes(bytes, out _))
            {
                throw new ArgumentException($"{network} is no IPv4 network.", nameof(network));
            }

            return new XdpDropIpv4Rule { Mask = (uint)(ulong.MaxValue << (32 - network.PrefixLength)), Network = BinaryPrimitives.ReadUInt32BigEndian(bytes) };
        }
    }

    public partial struct XdpDropIpv6Rule
    {
        /// <summary>The key for a network.</summary>
        /// <param name="network">An IPv6 network of a length of 0 to 64.</param>
        /// <exception cref="ArgumentException">It is of another family, or longer.</exception>
        public static XdpDropIpv6Rule From(IPNetwork network)
        {
            (ulong high, _) = IPv6Halves.Of(network);
            return network.PrefixLength <= 64
                ? new XdpDropIpv6Rule { Mask = network.PrefixLength == 0 ? 0 : ulong.MaxValue << (64 - network.PrefixLength), Network = high }
                : throw new ArgumentException($"{network} is longer than 64 bits.", nameof(network));
        }
    }

    public partial struct XdpDropIpv6LongRule
    {
        /// <summary>The key for a network.</summary>
        /// <param name="network">An IPv6 network of a length of 65 to 128.</param>
        /// <exception cref="ArgumentException">It is of another family, or shorter.</exception>
        public static XdpDropIpv6LongRule From(IPNetwork network)
        {
            (ulong high, ulong low) = IPv6Halves.Of(network);
            return network.PrefixLength > 64
                ? new XdpDropIpv6LongRule { MaskLow = ulong.MaxValue << (128 - network.PrefixLength), NetworkHigh = high, NetworkLow = low }
                : throw new ArgumentException($"{network} is not longer than 64 bits.", nameof(network));
        }
    }
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
