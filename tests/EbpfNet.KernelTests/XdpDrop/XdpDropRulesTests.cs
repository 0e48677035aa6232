using System.Net;
using EbpfNet.Abi;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>The blocklist while it changes: against a model, from several threads, and at its limit.</summary>
public sealed class XdpDropRulesTests : KernelTest
{
    [SkippableFact]
    public void Rules_that_a_pinned_map_holds_are_refused()
    {
        using BpfFileSystem pins = new();
        Spec spec = XdpDropProgram.ReadSpec();
        spec.Ipv6Rules.PinPath = pins["rules"];
        using XdpDropProgram first = XdpDropProgram.Load(spec, new BpfLoadOptions());
        first.Block(IPNetwork.Parse("2001:db8::/32"));

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => XdpDropProgram.Load(spec, new BpfLoadOptions()));

        Assert.StartsWith("Map 'ipv6_rules' was pinned before, and holds 1 entry that", refused.Message, StringComparison.Ordinal);
        first.Unblock(IPNetwork.Parse("2001:db8::/32"));
        using XdpDropProgram second = XdpDropProgram.Load(spec, new BpfLoadOptions());
        Assert.Empty(second.Rules);
    }

    [SkippableFact]
    public void Decisions_agree_with_a_list_that_is_searched_for_the_longest_match()
    {
        using XdpDropProgram program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = 512 });
        Prop.ForAll<int>(seed =>
        {
            Random random = new(seed);
            IPAddress[] addresses = RandomAddresses(random);
            Dictionary<IPNetwork, XdpDropCounters> model = [];
            for (int i = 0; i < 100; i++)
            {
                IPAddress address = Near(addresses, random);
                IPNetwork network = Networks.Cut(address, random.Next(Networks.BitsOf(address) + 1));
                if (random.Next(3) > 0)
                {
                    Assert.Equal(model.TryAdd(network, default), program.Block(network));
                }
                else
                {
                    IPNetwork gone = model.Count > 0 && random.Next(2) == 0 ? model.Keys.ElementAt(random.Next(model.Count)) : network;
                    Assert.Equal(model.Remove(gone), program.Unblock(gone));
                }

                IPAddress source = Near(addresses, random);
                byte[] frame = Frame.From(source);
                IPNetwork[] covering = [.. model.Keys.Where(rule => rule.Contains(source)).OrderByDescending(rule => rule.PrefixLength)];
                Assert.Equal(covering.Length > 0 ? XdpAction.Drop : XdpAction.Pass, (XdpAction)program.XdpDrop.TestRun(new BpfTestRun(frame)).ReturnValue);
                if (covering.Length > 0)
                {
                    model[covering[0]] += new XdpDropCounters(1, (ulong)frame.Length);
                }
            }

            Assert.Equal(model.OrderBy(rule => rule.Key.ToString()), program.ReadRules().Select(rule => KeyValuePair.Create(rule.Network, rule.Dropped)).OrderBy(rule => rule.Key.ToString()));
            Assert.All(model.Keys, rule => Assert.True(program.Unblock(rule)));
            Assert.All(new[] { "ipv4_lengths", "ipv6_lengths" }, name => AssertAllZero(program.Object.Maps[name]));
        }).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void A_rule_that_is_removed_lets_packets_pass_and_comes_back_with_counters_at_zero()
    {
        using XdpDropProgram program = XdpDropProgram.Load();
        IPNetwork rule = IPNetwork.Parse("203.0.113.0/24");
        byte[] frame = Frame.From("203.0.113.7");

        Assert.True(program.Block(rule));
        Assert.False(program.Block(rule));
        Assert.Equal(XdpAction.Drop, Run(program, frame));
        Assert.True(program.Unblock(rule));
        Assert.False(program.Unblock(rule));
        Assert.Equal(XdpAction.Pass, Run(program, frame));
        Assert.Empty(program.Rules);
        Assert.Throws<KeyNotFoundException>(() => program.ReadCounters(rule));

        Assert.True(program.Block(rule));
        Assert.Equal(default, program.ReadCounters(rule));
        Assert.Equal(XdpAction.Drop, Run(program, frame));
        Assert.Equal(1ul, program.ReadCounters(rule).Packets);
        Assert.Equal(2ul, program.ReadTotals().Dropped.Packets);
    }

    [SkippableFact]
    public void Ids_that_serve_again_start_at_zero_and_lose_nothing_from_the_total()
    {
        using XdpDropProgram program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = 2 });
        byte[] frame = Frame.From("203.0.113.7");
        IPAddress address = IPAddress.Parse("203.0.113.7");

        for (int i = 1; i <= 200; i++)
        {
            program.Block(address);
            Assert.Equal(default, Assert.Single(program.ReadRules()).Dropped);
            Assert.Equal(XdpAction.Drop, Run(program, frame));
            Assert.Equal((ulong)i, program.ReadTotals().Dropped.Packets);
            program.Unblock(address);
        }
    }

    [SkippableFact]
    public void A_full_blocklist_refuses_more_and_says_what_to_do()
    {
        using XdpDropProgram program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = 3 });
        for (int i = 0; i < 3; i++)
        {
            program.Block(new IPAddress([192, 0, 2, (byte)i]));
        }

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => program.Block(IPAddress.Parse("2001:db8::1")));
        Assert.Contains("MaxRules", refusal.Message, StringComparison.Ordinal);
        Assert.False(program.Block(IPAddress.Parse("192.0.2.1")));

        program.Unblock(IPAddress.Parse("192.0.2.1"));
        Assert.True(program.Block(IPAddress.Parse("2001:db8::1")));
        Assert.Equal(XdpAction.Drop, Run(program, Frame.From("2001:db8::1")));
    }

    [SkippableFact]
    public void Networks_that_are_the_same_in_two_notations_are_one_rule()
    {
        using XdpDropProgram program = XdpDropProgram.Load();

        Assert.True(program.Block(IPNetwork.Parse("::ffff:192.0.2.0/120")));
        Assert.False(program.Block(IPNetwork.Parse("192.0.2.0/24")));
        Assert.Equal(IPNetwork.Parse("192.0.2.0/24"), Assert.Single(program.Rules));
        Assert.Equal(XdpAction.Drop, Run(program, Frame.From("192.0.2.1")));
        Assert.True(program.Unblock(IPNetwork.Parse("::ffff:192.0.2.0/120")));
    }

    [SkippableFact]
    public void Threads_may_change_the_blocklist_at_the_same_time()
    {
        using XdpDropProgram program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = 1024 });
        byte[] frame = Frame.From("198.51.100.1");
        program.Block(IPNetwork.Parse("198.51.100.0/24"));

        // The threads' addresses share slots and bits of the lengths. What stands must never flicker.
        Parallel.For(0, 4, thread =>
        {
            for (int round = 0; round < 200; round++)
            {
                IPAddress address = new([198, 51, (byte)(10 + (thread % 2)), (byte)((thread * 50) + (round % 40))]);
                Assert.True(program.Block(address));
                Assert.False(program.Block(address));
                Assert.Equal(XdpAction.Drop, Run(program, Frame.From(address)));
                Assert.Equal(XdpAction.Drop, Run(program, frame));
                Assert.True(program.Unblock(address));
                Assert.Equal(XdpAction.Pass, Run(program, Frame.From(address)));
            }
        });

        Assert.Equal(IPNetwork.Parse("198.51.100.0/24"), Assert.Single(program.Rules));
        Assert.Equal(new XdpDropCounters(800, 800 * (ulong)frame.Length), program.ReadCounters(IPNetwork.Parse("198.51.100.0/24")));
    }

    [SkippableFact]
    public void After_dispose_every_member_says_so()
    {
        XdpDropProgram program = XdpDropProgram.Load();
        program.Dispose();
        program.Dispose();

        Assert.Throws<ObjectDisposedException>(() => program.Block(IPAddress.Loopback));
        Assert.Throws<ObjectDisposedException>(() => program.Unblock(IPAddress.Loopback));
        Assert.Throws<ObjectDisposedException>(() => program.ReadPassed());
        Assert.Throws<ObjectDisposedException>(() => program.ReadTotals());
        Assert.Throws<ObjectDisposedException>(() => program.ReadRules());
        Assert.Throws<ObjectDisposedException>(() => program.ReadCounters(IPNetwork.Parse("10.0.0.0/8")));
        Assert.Throws<ObjectDisposedException>(() => program.Attach("lo"));
    }

    private static XdpAction Run(XdpDropProgram program, ReadOnlySpan<byte> frame)
        => (XdpAction)program.XdpDrop.TestRun(new BpfTestRun(frame)).ReturnValue;

    private static IPAddress[] RandomAddresses(Random random) => [.. new[] { 4, 4, 16, 16 }.Select(length =>
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return new IPAddress(bytes);
    })];

    /// <summary>One of the addresses, or one that differs from it in a bit or two, anywhere: so rules cover each other, and packets meet or just miss them.</summary>
    private static IPAddress Near(IPAddress[] addresses, Random random)
    {
        IPAddress near = addresses[random.Next(addresses.Length)];
        for (int flips = random.Next(3); flips > 0; flips--)
        {
            near = Networks.Flip(near, random.Next(Networks.BitsOf(near)));
        }

        return near;
    }

    private static void AssertAllZero(BpfMap map)
    {
        if (map.ValueSize == sizeof(ulong))
        {
            BpfArray<ulong> lengths = new(map);
            Assert.DoesNotContain(lengths, set => set != 0);
        }
        else
        {
            BpfArray<XdpDropIpv6Lengths> lengths = new(map);
            Assert.DoesNotContain(lengths, set => (set.UpTo64 | set.Above64) != 0);
        }
    }
}
