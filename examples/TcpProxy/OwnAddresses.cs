using System.Net;
using System.Net.NetworkInformation;
using ExampleHost;

namespace TcpProxy;

/// <summary>The addresses of this machine.</summary>
internal static class OwnAddresses
{
    /// <summary>Whether connections to an address stay on this machine.</summary>
    internal static bool Contains(IPAddress address)
    {
        IPAddress plain = PlainAddress.Of(address);
        return IPAddress.IsLoopback(plain) || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any)
            || NetworkInterface.GetAllNetworkInterfaces().Any(one => one.GetIPProperties().UnicastAddresses.Any(own => HasSameBytes(own.Address, plain)));
    }

    // Scopes aside.
    private static bool HasSameBytes(IPAddress one, IPAddress other) => one.GetAddressBytes().AsSpan().SequenceEqual(other.GetAddressBytes());
}
