using System.Net;
using System.Net.Sockets;

namespace EbpfNet.Programs;

/// <summary>One form for each network.</summary>
internal static class NetworkForm
{
    /// <summary>
    /// The network in the one form under which packets and connections meet it: IPv4-mapped IPv6 is IPv4, and an address has no scope id. Without this, one
    /// network could be two in a list.
    /// </summary>
    internal static IPNetwork Normalize(IPNetwork network)
    {
        IPAddress address = network.BaseAddress;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return network;
        }

        const int MappedBits = 96;
        if (address.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedBits)
        {
            return new IPNetwork(address.MapToIPv4(), network.PrefixLength - MappedBits);
        }

        return address.ScopeId == 0 ? network : new IPNetwork(new IPAddress(address.GetAddressBytes()), network.PrefixLength);
    }
}
