using System.Net;

namespace ExampleHost;

/// <summary>The order in which networks are listed: IPv4 before IPv6, then by address, then by length.</summary>
public sealed class NetworkOrder : IComparer<IPNetwork>
{
    /// <summary>The one that is needed.</summary>
    public static readonly NetworkOrder Instance = new();

    private NetworkOrder()
    {
    }

    /// <inheritdoc/>
    public int Compare(IPNetwork x, IPNetwork y)
    {
        int byFamily = x.BaseAddress.AddressFamily.CompareTo(y.BaseAddress.AddressFamily);
        int byAddress = byFamily != 0 ? byFamily : x.BaseAddress.GetAddressBytes().AsSpan().SequenceCompareTo(y.BaseAddress.GetAddressBytes());
        return byAddress != 0 ? byAddress : x.PrefixLength.CompareTo(y.PrefixLength);
    }
}
