using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;

namespace EbpfNet.Programs;

/// <summary>Packets and their bytes, as counted by the program (<c>struct xdp_drop_counters</c>).</summary>
/// <param name="Packets">How many packets.</param>
/// <param name="Bytes">How many bytes they had: whole frames, Ethernet header included, frame check sequence not.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct XdpDropCounters(ulong Packets, ulong Bytes) : IAdditionOperators<XdpDropCounters, XdpDropCounters, XdpDropCounters>
{
    /// <summary>How many packets.</summary>
    public readonly ulong Packets = Packets;

    /// <summary>How many bytes they had.</summary>
    public readonly ulong Bytes = Bytes;

    /// <summary>Both counters added up, as for several CPUs.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static XdpDropCounters operator +(XdpDropCounters left, XdpDropCounters right)
        => new(left.Packets + right.Packets, left.Bytes + right.Bytes);

    /// <summary>Both counters added up, as for several CPUs.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static XdpDropCounters Add(XdpDropCounters left, XdpDropCounters right) => left + right;
}

/// <summary>What the program counted in all.</summary>
/// <param name="Passed">IP packets that no rule covers.</param>
/// <param name="NotIp">Frames that are neither IPv4 nor IPv6 after at most four VLAN tags, ARP for example; they pass.</param>
/// <param name="Truncated">Frames that end before their source address does; they pass.</param>
/// <param name="Dropped">Packets that a rule covers, whether the rule is still there or was removed since.</param>
public readonly record struct XdpDropTotals(XdpDropCounters Passed, XdpDropCounters NotIp, XdpDropCounters Truncated, XdpDropCounters Dropped);

/// <summary>A rule and what it dropped.</summary>
/// <param name="Network">The addresses that it covers.</param>
/// <param name="Dropped">What it dropped since it was added.</param>
public readonly record struct XdpDropRuleCounters(IPNetwork Network, XdpDropCounters Dropped);
