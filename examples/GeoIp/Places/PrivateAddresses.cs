using System.Net;
using System.Net.Sockets;

namespace GeoIp.Places;

/// <summary>The addresses that are nobody's in particular: of private networks, of this machine, of links, for examples, for many at once (RFC 6890).</summary>
internal static class PrivateAddresses
{
    private static readonly IPNetwork[] Ipv4 = Parse(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3");

    private static readonly IPNetwork[] Ipv6 = Parse("::/127", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8");

    /// <summary>Whether an address is one of them.</summary>
    public static bool Contain(IPAddress address)
    {
        foreach (IPNetwork network in address.AddressFamily == AddressFamily.InterNetwork ? Ipv4 : Ipv6)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork[] Parse(params string[] networks) => Array.ConvertAll(networks, IPNetwork.Parse);
}
