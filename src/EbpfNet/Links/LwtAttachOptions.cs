using System.Net;

namespace EbpfNet;

/// <summary>The rest of the route that a lightweight tunnel's program is attached to.</summary>
public sealed record LwtAttachOptions
{
    /// <summary>The next router; <see langword="null"/>, the default, where the destination is on the interface's own network.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The route's metric (<c>RTA_PRIORITY</c>), smaller ones first; 0, the default, for the kernel's own, which comes before all others in IPv4.</summary>
    public uint Metric { get; init; }

    /// <summary>The routing table; 0, the default, for the main one, or for that of local routes.</summary>
    public uint Table { get; init; }

    /// <summary>Whether packets for the destination are this host's own (<c>RTN_LOCAL</c>), as a program of section <c>lwt_in</c> on a host that is no router needs it.</summary>
    public bool IsLocal { get; init; }

    /// <summary>How many bytes a program of section <c>lwt_xmit</c> may put before a packet, up to 256 (<c>LWT_BPF_XMIT_HEADROOM</c>).</summary>
    public int Headroom { get; init; }
}
