using System.Net;
using EbpfNet.Abi;
using EbpfNet.Programs;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>What xdp_drop decides about a frame, and where it counts it: frames go through <c>BPF_PROG_TEST_RUN</c>.</summary>
public sealed class XdpDropDecisionTests : KernelTest
{
    private readonly XdpDropProgram _program;

    public XdpDropDecisionTests() => _program = XdpDropProgram.Load();

    public override void Dispose()
    {
        _program.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("203.0.113.7", "203.0.113.7/32", true)]
    [InlineData("203.0.113.8", "203.0.113.7/32", false)]
    [InlineData("198.51.100.0", "198.51.100.0/24", true)]
    [InlineData("198.51.100.255", "198.51.100.0/24", true)]
    [InlineData("198.51.101.0", "198.51.100.0/24", false)]
    [InlineData("10.255.255.255", "10.0.0.0/8", true)]
    [InlineData("11.0.0.0", "10.0.0.0/8", false)]
    [InlineData("255.1.2.3", "128.0.0.0/1", true)]
    [InlineData("127.1.2.3", "128.0.0.0/1", false)]
    [InlineData("1.2.3.4", "0.0.0.0/0", true)]
    [InlineData("2001:db8::1", "0.0.0.0/0", false)]
    [InlineData("1.2.3.4", "::ffff:1.2.3.4/128", true)]
    [InlineData("2001:db8::1", "2001:db8::1/128", true)]
    [InlineData("2001:db8::2", "2001:db8::1/128", false)]
    [InlineData("2001:db8:ffff::1", "2001:db8::/32", true)]
    [InlineData("2001:db9::1", "2001:db8::/32", false)]
    [InlineData("2001:db8:1:2:ffff::", "2001:db8:1:2::/64", true)]
    [InlineData("2001:db8:1:3::", "2001:db8:1:2::/64", false)]
    [InlineData("2001:db8:1:2:8000::", "2001:db8:1:2:8000::/65", true)]
    [InlineData("2001:db8:1:2:7fff::", "2001:db8:1:2:8000::/65", false)]
    [InlineData("fe80::1", "8000::/1", true)]
    [InlineData("2001:db8::1", "8000::/1", false)]
    [InlineData("2001:db8::1", "::/0", true)]
    [InlineData("1.2.3.4", "::/0", false)]
    public void A_packet_is_dropped_when_a_rule_covers_its_source(string source, string rule, bool dropped)
    {
        _program.Block(IPNetwork.Parse(rule));

        Assert.Equal(dropped ? XdpAction.Drop : XdpAction.Pass, Run(Frame.From(source)));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Up_to_four_vlan_tags_are_looked_through(int count)
    {
        _program.Block(IPNetwork.Parse("203.0.113.0/24"));
        _program.Block(IPAddress.Parse("2001:db8::7"));

        foreach (ushort outer in new[] { Frame.Vlan, Frame.VlanService })
        {
            ushort[] tags = [.. Enumerable.Range(0, count).Select(i => i == 0 ? outer : Frame.Vlan)];
            Assert.Equal(XdpAction.Drop, Run(Frame.From("203.0.113.7", tags)));
            Assert.Equal(XdpAction.Drop, Run(Frame.From("2001:db8::7", tags)));
            Assert.Equal(XdpAction.Pass, Run(Frame.From("192.0.2.7", tags)));
            Assert.Equal(XdpAction.Pass, Run(Frame.From("2001:db8::8", tags)));
        }
    }

    [SkippableFact]
    public void A_frame_with_five_vlan_tags_passes_as_something_that_is_not_ip()
    {
        _program.Block(IPNetwork.Parse("0.0.0.0/0"));
        byte[] frame = Frame.From("203.0.113.7", Frame.VlanService, Frame.Vlan, Frame.Vlan, Frame.Vlan, Frame.Vlan);

        Assert.Equal(XdpAction.Pass, Run(frame));
        Assert.Equal(new XdpDropCounters(1, (ulong)frame.Length), _program.ReadTotals().NotIp);
    }

    [SkippableFact]
    public void What_is_not_ip_passes_and_is_counted_as_such()
    {
        _program.Block(IPNetwork.Parse("0.0.0.0/0"));
        _program.Block(IPNetwork.Parse("::/0"));
        byte[] arp = Frame.WithTags(Frame.Arp, new byte[28]);
        byte[] taggedArp = Frame.WithTags(Frame.Arp, new byte[28], Frame.Vlan);
        byte[] length = Frame.WithTags(0x0040, new byte[64]); // a length, as in IEEE 802.3, instead of a type

        Assert.All([arp, taggedArp, length], frame => Assert.Equal(XdpAction.Pass, Run(frame)));
        Assert.Equal(
            new XdpDropTotals(default, new XdpDropCounters(3, (ulong)(arp.Length + taggedArp.Length + length.Length)), default, default),
            _program.ReadTotals());
        Assert.Equal(_program.ReadTotals().NotIp, _program.ReadPassed());
    }

    [SkippableTheory]
    [InlineData("203.0.113.7", 0)]
    [InlineData("203.0.113.7", 2)]
    [InlineData("2001:db8::7", 0)]
    [InlineData("2001:db8::7", 2)]
    public void A_frame_cut_off_before_the_end_of_its_headers_passes_and_is_counted_as_such(string source, int tagCount)
    {
        _program.Block(IPNetwork.Parse("0.0.0.0/0"));
        _program.Block(IPNetwork.Parse("::/0"));
        IPAddress address = IPAddress.Parse(source);
        byte[] whole = Frame.From(address, Enumerable.Repeat(Frame.Vlan, tagCount).ToArray());
        int headers = Frame.EthernetLength + (tagCount * Frame.TagLength) + (address.GetAddressBytes().Length == 4 ? Frame.IPv4Length : Frame.IPv6Length);

        XdpDropCounters expected = default;
        for (int length = Frame.EthernetLength; length < headers; length++)
        {
            Assert.Equal(XdpAction.Pass, Run(whole.AsSpan(0, length)));
            expected += new XdpDropCounters(1, (ulong)length);
        }

        Assert.Equal(expected, _program.ReadTotals().Truncated);
        Assert.Equal(expected, _program.ReadPassed());
        Assert.Equal(XdpAction.Drop, Run(whole.AsSpan(0, headers)));
    }

    [SkippableFact]
    public void Packets_and_bytes_are_counted_exactly_per_rule()
    {
        IPNetwork single = IPNetwork.Parse("203.0.113.7/32"), prefix = IPNetwork.Parse("2001:db8::/32");
        _program.Block(single);
        _program.Block(prefix);
        byte[] fromSingle = Frame.From("203.0.113.7"), fromPrefix = Frame.From("2001:db8::7", Frame.Vlan), other = Frame.From("192.0.2.1");

        Run(fromSingle, repeat: 1000);
        Run(fromPrefix, repeat: 300);
        Run(other, repeat: 20);

        Assert.Equal(new XdpDropCounters(1000, 1000 * (ulong)fromSingle.Length), _program.ReadCounters(single));
        Assert.Equal(new XdpDropCounters(300, 300 * (ulong)fromPrefix.Length), _program.ReadCounters(prefix));
        Assert.Equal(new XdpDropCounters(20, 20 * (ulong)other.Length), _program.ReadPassed());
        Assert.Equal(
            new XdpDropTotals(_program.ReadPassed(), default, default, _program.ReadCounters(single) + _program.ReadCounters(prefix)),
            _program.ReadTotals());
    }

    [SkippableFact]
    public void The_longest_of_overlapping_rules_counts()
    {
        string[] rules = ["0.0.0.0/0", "10.0.0.0/7", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/17", "10.1.2.0/24", "10.1.2.3/32"];
        foreach (string rule in rules.Reverse())
        {
            _program.Block(IPNetwork.Parse(rule));
        }

        string[] sources = ["192.0.2.1", "11.1.1.1", "10.2.1.1", "10.1.128.1", "10.1.3.1", "10.1.2.4", "10.1.2.3"];
        for (int i = 0; i < sources.Length; i++)
        {
            Assert.Equal(XdpAction.Drop, Run(Frame.From(sources[i])));
            Assert.Equal(1ul, _program.ReadCounters(IPNetwork.Parse(rules[i])).Packets);
        }
    }

    [SkippableTheory]
    [InlineData("203.0.113.77")]
    [InlineData("2001:db8:9a3c:71e5:c8d1:3b67:5e92:a4f3")]
    public void A_rule_of_any_length_is_found_among_its_neighbours_of_all_lengths(string text)
    {
        IPAddress source = IPAddress.Parse(text);
        int bits = Networks.BitsOf(source);
        for (int length = 1; length <= bits; length++)
        {
            _program.Block(Networks.Cut(Networks.Flip(source, length - 1), length)); // misses the source by its last bit
        }

        byte[] frame = Frame.From(source);
        Assert.Equal(XdpAction.Pass, Run(frame));
        for (int length = 0; length <= bits; length++)
        {
            IPNetwork rule = Networks.Cut(source, length);
            _program.Block(rule);
            Assert.Equal((rule, XdpAction.Drop), (rule, Run(frame)));
            Assert.Equal((rule, 1ul), (rule, _program.ReadCounters(rule).Packets));
            _program.Unblock(rule);
        }
    }

    private XdpAction Run(ReadOnlySpan<byte> frame, int repeat = 1)
        => (XdpAction)_program.XdpDrop.TestRun(new BpfTestRun(frame) { Repeat = repeat }).ReturnValue;
}
