using System.Net;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.Tests.Programs;

/// <summary>Which slot and bit stand for a rule's length.</summary>
public class XdpDropLengthsTests
{
    [Fact]
    public void Every_length_of_a_network_has_a_place_of_its_own()
    {
        var ipv4 = Enumerable.Range(0, 33).Select(length => XdpDropLengths.Of(new XdpDropIpv4Rule(), length).First());
        var ipv6 = Enumerable.Range(0, 129).Select(length => XdpDropLengths.Of(0xFFFFFFFF_FFFFFFFFul, length).First());
        List<XdpDropLengths.Place> places = [.. ipv4, .. ipv6];

        Assert.Equal(33 + 129, places.Distinct().Count());
        Assert.All(places, place => Assert.InRange(place.Slot, 0u, (uint)XdpDropLengths.Slots - 1));
    }

    [Fact]
    public void A_rule_is_found_by_way_of_every_address_that_it_covers()
    {
        // What the program does: it hashes leading bits of the address, as many as the rule's length says.
        Prop.ForAll<DoNotSize<uint>, byte>((any, bits) =>
        {
            uint address = any.Item;
            int length = bits % 33;
            uint mask = (uint)(ulong.MaxValue << (32 - length));
            XdpDropLengths.Place looked = Assert.Single(XdpDropLengths.Of(new XdpDropIpv4Rule { Network = address }, Math.Max(length, 8)));
            Assert.Contains(XdpDropLengths.Of(new XdpDropIpv4Rule { Network = address & mask }, length), place => place.Slot == looked.Slot && place.Bit == 1ul << (32 - length));
        }).QuickCheckThrowOnFailure();
        Prop.ForAll<DoNotSize<ulong>, byte>((any, bits) =>
        {
            ulong address = any.Item;
            int length = bits % 129;
            ulong mask = length == 0 ? 0 : length >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - length);
            XdpDropLengths.Place looked = Assert.Single(XdpDropLengths.Of(address, Math.Max(length, 12)));
            Assert.Contains(XdpDropLengths.Of(address & mask, length), place => place.Slot == looked.Slot);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("0.0.0.0/0", 256)]
    [InlineData("10.0.0.0/7", 2)]
    [InlineData("10.0.0.0/8", 1)]
    [InlineData("203.0.113.7/32", 1)]
    public void Only_rules_shorter_than_what_is_hashed_have_several_places(string network, int count)
    {
        IPNetwork parsed = IPNetwork.Parse(network);
        Assert.Equal(count, XdpDropLengths.Of(XdpDropIpv4Rule.From(parsed), parsed.PrefixLength).Count());
    }

    [Fact]
    public void A_length_is_new_for_the_first_rule_and_over_with_the_last()
    {
        XdpDropLengths lengths = new();
        XdpDropLengths.Place place = XdpDropLengths.Of(XdpDropIpv4Rule.From(IPNetwork.Parse("192.0.2.0/25")), 25).Single();
        XdpDropLengths.Place neighbour = XdpDropLengths.Of(XdpDropIpv4Rule.From(IPNetwork.Parse("192.0.2.128/25")), 25).Single();

        Assert.Equal(place, neighbour);
        Assert.True(lengths.Add(place));
        Assert.False(lengths.Add(neighbour));
        Assert.False(lengths.Remove(place));
        Assert.True(lengths.Remove(neighbour));
        Assert.True(lengths.Add(place));
    }
}
