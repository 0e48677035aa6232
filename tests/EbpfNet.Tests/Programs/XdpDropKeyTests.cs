using System.Net;
using System.Runtime.CompilerServices;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.Tests.Programs;

/// <summary>The keys of XdpDrop's maps, number by number as the program reads them.</summary>
public class XdpDropKeyTests
{
    [Fact]
    public void Keys_and_values_have_the_sizes_of_their_c_structs()
    {
        Assert.Equal(8, Unsafe.SizeOf<XdpDropIpv4Rule>());
        Assert.Equal(16, Unsafe.SizeOf<XdpDropIpv6Rule>());
        Assert.Equal(24, Unsafe.SizeOf<XdpDropIpv6LongRule>());
        Assert.Equal(16, Unsafe.SizeOf<XdpDropIpv6Lengths>());
        Assert.Equal(4, Unsafe.SizeOf<XdpDropRule>());
        Assert.Equal(16, Unsafe.SizeOf<XdpDropCounters>());
    }

    [Theory]
    [InlineData("0.0.0.0/0", 0x00000000u, 0x00000000u)]
    [InlineData("128.0.0.0/1", 0x80000000u, 0x80000000u)]
    [InlineData("192.0.2.0/24", 0xFFFFFF00u, 0xC0000200u)]
    [InlineData("192.0.2.1/32", 0xFFFFFFFFu, 0xC0000201u)]
    public void An_ipv4_rule_is_netmask_and_network_in_host_order(string network, uint mask, uint address)
    {
        XdpDropIpv4Rule rule = XdpDropIpv4Rule.From(IPNetwork.Parse(network));

        Assert.Equal((mask, address), (rule.Mask, rule.Network));
    }

    [Theory]
    [InlineData("::/0", 0ul, 0ul)]
    [InlineData("2001:db8::/32", 0xFFFFFFFF_00000000ul, 0x20010DB8_00000000ul)]
    [InlineData("2001:db8:0:1::/64", 0xFFFFFFFF_FFFFFFFFul, 0x20010DB8_00000001ul)]
    public void An_ipv6_rule_of_64_bits_or_less_is_the_upper_halves(string network, ulong mask, ulong address)
    {
        XdpDropIpv6Rule rule = XdpDropIpv6Rule.From(IPNetwork.Parse(network));

        Assert.Equal((mask, address), (rule.Mask, rule.Network));
    }

    [Theory]
    [InlineData("2001:db8::8000:0:0:0/65", 0x80000000_00000000ul, 0x80000000_00000000ul)]
    [InlineData("2001:db8::1/128", 0xFFFFFFFF_FFFFFFFFul, 1ul)]
    public void A_longer_ipv6_rule_is_the_network_and_the_lower_netmask(string network, ulong maskLow, ulong low)
    {
        XdpDropIpv6LongRule rule = XdpDropIpv6LongRule.From(IPNetwork.Parse(network));

        Assert.Equal((maskLow, 0x20010DB8_00000000ul, low), (rule.MaskLow, rule.NetworkHigh, rule.NetworkLow));
    }

    [Fact]
    public void Networks_that_do_not_fit_a_key_are_refused()
    {
        Assert.Throws<ArgumentException>(() => XdpDropIpv4Rule.From(IPNetwork.Parse("::/0")));
        Assert.Throws<ArgumentException>(() => XdpDropIpv6Rule.From(IPNetwork.Parse("10.0.0.0/8")));
        Assert.Throws<ArgumentException>(() => XdpDropIpv6Rule.From(IPNetwork.Parse("2001:db8::1/128")));
        Assert.Throws<ArgumentException>(() => XdpDropIpv6LongRule.From(IPNetwork.Parse("2001:db8::/64")));
    }
}
