namespace EbpfNet;

/// <summary>How a program is attached to netfilter.</summary>
public sealed record NetfilterAttachOptions
{
    /// <summary>Which packets it sees; IPv4 unless set.</summary>
    public NetfilterFamily Family { get; init; } = NetfilterFamily.IPv4;

    /// <summary>Where on their way; when they arrive unless set.</summary>
    public NetfilterHook Hook { get; init; }

    /// <summary>
    /// Smaller ones run first (<c>NF_IP_PRI_*</c>: 0 is that of filters). The kernel takes one program for each number, and neither the smallest nor the largest <see cref="int"/>.
    /// With <see cref="Defragment"/> it has to be larger than -400.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Whether fragments are put together first, so that the program sees whole packets (<c>BPF_F_NETFILTER_IP_DEFRAG</c>; Linux 6.6).</summary>
    public bool Defragment { get; init; }
}
