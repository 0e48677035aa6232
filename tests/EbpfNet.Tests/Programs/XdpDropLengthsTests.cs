using System.Net;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Programs;

/// <summary>Which slot and bit stand for a rule's length.</summary>
public class XdpDropLengthsTests
{
    [Fact]
    public void Every_length_of_a_network_has_a_place_of_its_own()
    {
        var ipv4 = Enumerable.Range(0, 33).Select(length => XdpDropLengths.Of(new XdpDropIPv4Rule(), length)).ToList();
        var ipv6 = Enumerable.Range(0, 129).Select(length => XdpDropLengths.Of(0ul, length)).ToList();

        Assert.Equal(33 + 129, ipv4.Concat(ipv6).Distinct().Count());
        Assert.All(ipv4.Concat(ipv6), place => Assert.InRange(place.Slot, 0u, XdpDropLengths.CommonSlot));
    }

    [Fact]
    public void An_address_in_a_network_leads_to_the_networks_slot()
    {
        // What the program does: it hashes bits of the address, never more than the rule has.
        Prop.ForAll<DoNotSize<uint>, byte>((any, bits) =>
        {
            uint address = any.Item;
            int length = bits % 33;
            uint mask = (uint)(ulong.MaxValue << (32 - length));
            Assert.Equal(
                XdpDropLengths.Of(new XdpDropIPv4Rule { Network = address & mask }, length),
                XdpDropLengths.Of(new XdpDropIPv4Rule { Network = address }, length));
        }).QuickCheckThrowOnFailure();
        Prop.ForAll<DoNotSize<ulong>, byte>((any, bits) =>
        {
            ulong address = any.Item;
            int length = bits % 129;
            ulong mask = length == 0 ? 0 : length >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - length);
            Assert.Equal(XdpDropLengths.Of(address & mask, length), XdpDropLengths.Of(address, length));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_length_is_new_for_the_first_rule_and_over_with_the_last()
    {
        XdpDropLengths lengths = new();
        XdpDropLengths.Place place = XdpDropLengths.Of(XdpDropIPv4Rule.From(IPNetwork.Parse("192.0.2.0/25")), 25);
        XdpDropLengths.Place neighbour = XdpDropLengths.Of(XdpDropIPv4Rule.From(IPNetwork.Parse("192.0.2.128/25")), 25);

        Assert.Equal(place, neighbour);
        Assert.True(lengths.Add(place));
        Assert.False(lengths.Add(neighbour));
        Assert.False(lengths.Remove(place));
        Assert.True(lengths.Remove(neighbour));
        Assert.True(lengths.Add(place));
    }
}
