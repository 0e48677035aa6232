namespace EbpfNet;

/// <summary>At which point of their way a netfilter program sees packets (<c>NF_INET_*</c>).</summary>
public enum NetfilterHook
{
    /// <summary>When they arrive, before it is decided where they go (<c>NF_INET_PRE_ROUTING</c>).</summary>
    PreRouting = 0,

    /// <summary>Those for this host (<c>NF_INET_LOCAL_IN</c>).</summary>
    LocalIn = 1,

    /// <summary>Those that are passed on (<c>NF_INET_FORWARD</c>).</summary>
    Forward = 2,

    /// <summary>Those that this host sends (<c>NF_INET_LOCAL_OUT</c>).</summary>
    LocalOut = 3,

    /// <summary>When they leave (<c>NF_INET_POST_ROUTING</c>).</summary>
    PostRouting = 4,
}
