namespace EbpfNet;

/// <summary>Which packets a netfilter program sees (<c>NFPROTO_*</c>).</summary>
public enum NetfilterFamily
{
    /// <summary>IPv4 packets (<c>NFPROTO_IPV4</c>).</summary>
    IPv4 = 2,

    /// <summary>IPv6 packets (<c>NFPROTO_IPV6</c>).</summary>
    IPv6 = 10,
}
