using System.Net;
using System.Numerics;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.Programs;

public sealed partial class XdpDropProgram
{
    public partial struct XdpDropCounters : IAdditionOperators<XdpDropCounters, XdpDropCounters, XdpDropCounters>
    {
        /// <summary>Counters with values.</summary>
        /// <param name="packets">How many packets.</param>
        /// <param name="bytes">How many bytes they had: whole frames, Ethernet header included, frame check sequence not.</param>
        public XdpDropCounters(ulong packets, ulong bytes)
        {
            Packets = packets;
            Bytes = bytes;
        }

        /// <summary>Both counters added up, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static XdpDropCounters operator +(XdpDropCounters left, XdpDropCounters right)
            => new(left.Packets + right.Packets, left.Bytes + right.Bytes);

        /// <summary>Both counters added up, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static XdpDropCounters Add(XdpDropCounters left, XdpDropCounters right) => left + right;

        /// <summary>Both numbers.</summary>
        public override readonly string ToString() => $"{Packets} packets, {Bytes} bytes";
    }
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
