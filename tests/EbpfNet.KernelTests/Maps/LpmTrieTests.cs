using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

public sealed class LpmTrieTests : KernelTest
{
    private const int MaxEntries = 64;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trie_finds_what_a_search_through_all_prefixes_finds(bool batches)
    {
        using var trie = BpfLpmTrie<Ipv4LpmKey, int>.Create("model_trie", MaxEntries);
        trie.Map.HasBatches = batches ? null : false;

        // Few bits differ, so that prefixes cover one another.
        Gen<Ipv4LpmKey> keys = Gen.Choose(0, 32).Zip(Gen.Choose(0, 255)).Select(pair => new Ipv4LpmKey(new IPAddress([10, (byte)(pair.Item2 & 0x81), 0, (byte)(pair.Item2 & 0x7E)]), pair.Item1));
        Prop.ForAll(keys.Zip(Gen.Choose(0, 5)).ArrayOf().ToArbitrary(), steps =>
        {
            trie.Clear();
            var model = new Dictionary<Ipv4LpmKey, int>();
            int value = 0;
            foreach ((Ipv4LpmKey key, int what) in steps.Take(MaxEntries))
            {
                value++;
                switch (what)
                {
                    case 0:
                        Assert.Equal(model.Remove(key), trie.Remove(key));
                        break;
                    case 1:
                        Ipv4LpmKey? best = model.Keys.Where(prefix => prefix.PrefixLength <= key.PrefixLength && prefix.ToNetwork().Contains(key.Address))
                            .OrderByDescending(prefix => prefix.PrefixLength).Select(prefix => (Ipv4LpmKey?)prefix).FirstOrDefault();
                        Assert.Equal(best is not null, trie.TryGetValue(key, out int found));
                        Assert.Equal(best is { } prefix ? model[prefix] : 0, found);
                        Assert.Equal(best is not null, trie.Covers(key));
                        break;
                    default:
                        trie.Set(key, value);
                        model[key] = value;
                        break;
                }
            }

            Assert.Equal(model.OrderBy(Order), trie.OrderBy(Order));
            Assert.Equal(model.Count, trie.Count);
        }).QuickCheckThrowOnFailure();

        static string Order(KeyValuePair<Ipv4LpmKey, int> pair) => pair.Key.ToString();
    }

    [SkippableFact]
    public void IPv6_networks_are_keys_too()
    {
        using var trie = BpfLpmTrie<Ipv6LpmKey, ulong>.Create("trie_ipv6", 4);
        trie.Set(new Ipv6LpmKey(IPNetwork.Parse("2001:db8::/32")), 32);
        trie.Set(new Ipv6LpmKey(IPNetwork.Parse("2001:db8:1::/48")), 48);

        Assert.Equal(48ul, trie[new Ipv6LpmKey(IPAddress.Parse("2001:db8:1::5"))]);
        Assert.Equal(32ul, trie[new Ipv6LpmKey(IPAddress.Parse("2001:db8:2::5"))]);
        Assert.False(trie.Covers(new Ipv6LpmKey(IPAddress.Parse("2001:db9::"))));
        Assert.Equal("2001:db8:1::/48", trie.First().Key.ToString());
    }

    [SkippableFact]
    public void Networks_and_addresses_are_used_as_they_are()
    {
        using var four = BpfLpmTrie<Ipv4LpmKey, int>.Create("trie_ip4", 8);
        four.Set(IPNetwork.Parse("10.0.0.0/8"), 8);
        four.Add(IPNetwork.Parse("::ffff:10.1.0.0/112"), 16);
        Assert.True(four.TryGetValue(IPAddress.Parse("10.1.2.3"), out int value));
        Assert.Equal(16, value);
        Assert.True(four.TryGetValue(IPAddress.Parse("::ffff:10.2.2.3"), out value));
        Assert.Equal(8, value);
        Assert.False(four.Covers(IPAddress.Parse("11.0.0.0")));
        Assert.Throws<ArgumentException>(() => four.Covers(IPAddress.IPv6Loopback));
        Assert.Throws<ArgumentException>(() => four.Add(IPNetwork.Parse("10.1.0.0/16"), 1));
        Assert.False(four.TryAdd(IPNetwork.Parse("10.1.0.0/16"), 1));
        Assert.True(four.TryUpdate(IPNetwork.Parse("10.1.0.0/16"), 17));
        Assert.Equal(17, four[new Ipv4LpmKey(IPAddress.Parse("10.1.0.1"))]);
        Assert.True(four.Remove(IPNetwork.Parse("10.1.0.0/16")));
        Assert.False(four.Remove(IPNetwork.Parse("10.1.0.0/16")));
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8")], four.Select(pair => pair.Key.ToNetwork()));

        using var both = BpfLpmTrie<Ipv6LpmKey, int>.Create("trie_both", 8);
        both.Set(IPNetwork.Parse("2001:db8::/32"), 6);
        both.Set(new Ipv4LpmKey(IPNetwork.Parse("192.0.2.0/24")).MapToIPv6(), 4);
        Assert.True(both.TryGetValue(IPAddress.Parse("2001:db8::1"), out value));
        Assert.Equal(6, value);
        Assert.True(both.TryGetValue(IPAddress.Parse("192.0.2.9").MapToIPv6(), out value));
        Assert.Equal(4, value);
        Assert.False(both.Covers(IPAddress.Parse("192.0.3.9").MapToIPv6()));
        Assert.True(both.TryUpdate(IPNetwork.Parse("2001:db8::/32"), 7));
        Assert.False(both.TryAdd(IPNetwork.Parse("2001:db8::/32"), 7));
        both.Add(IPNetwork.Parse("::/0"), 1);
        Assert.True(both.Remove(IPNetwork.Parse("::/0")));
        Assert.Throws<ArgumentException>(() => both.Covers(IPAddress.Loopback));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranges_of_a_trie_do_what_a_dictionary_does(bool batches)
    {
        using var trie = BpfLpmTrie<Ipv4LpmKey, int>.Create("range_trie", MaxEntries);
        trie.Map.HasBatches = batches ? null : false;
        Gen<Ipv4LpmKey> keys = Gen.Choose(8, 32).Zip(Gen.Choose(0, 255)).Select(pair => new Ipv4LpmKey(new IPAddress([10, (byte)(pair.Item2 & 0x81), 0, (byte)pair.Item2]), pair.Item1));
        Prop.ForAll(keys.ArrayOf().Zip(Gen.Choose(0, 2)).ArrayOf().ToArbitrary(), steps =>
        {
            trie.Clear();
            Assert.Empty(trie);
            var model = new Dictionary<Ipv4LpmKey, int>();
            foreach ((Ipv4LpmKey[] some, int what) in steps)
            {
                switch (what)
                {
                    case 0:
                        int[] values = [.. Enumerable.Range(model.Count, some.Length)];
                        int fitting = 0;
                        while (fitting < some.Length && (model.Count < MaxEntries || model.ContainsKey(some[fitting])))
                        {
                            model[some[fitting]] = values[fitting++];
                        }

                        Exception? thrown = Record.Exception(() => trie.SetRange(some, values));
                        Assert.Equal(fitting < some.Length ? fitting : null, (thrown as BpfSyscallException)?.CompletedCount);
                        break;
                    case 1:
                        Assert.Equal(some.Count(model.Remove), trie.RemoveRange(some));
                        break;
                    default:
                        var foundKeys = new Ipv4LpmKey[some.Length];
                        var found = new int[some.Length + 1];
                        int count = trie.CopyTo(foundKeys, found);
                        Assert.Equal(Math.Min(some.Length, model.Count), count);
                        Assert.Equal(count, foundKeys[..count].Distinct().Count());
                        Assert.Equal(foundKeys[..count].Select(key => model[key]), found[..count]);
                        break;
                }

                Assert.Equal(model.Count, trie.Count);
            }
        }).QuickCheckThrowOnFailure();
        Assert.Throws<ArgumentException>("values", () => trie.SetRange(new Ipv4LpmKey[2], new int[1]));
    }

    [SkippableFact]
    public void A_struct_of_ones_own_that_starts_with_the_prefix_length_is_a_key()
    {
        using var trie = BpfLpmTrie<TagKey, ulong>.Create("trie_own", 4);
        trie.Add(new TagKey(8, 0xAB), 1);

        Assert.True(trie.TryGetValue(new TagKey(16, 0x12AB), out ulong value));
        Assert.Equal(1ul, value);
        Assert.Throws<ArgumentException>(() => trie.Add(new TagKey(8, 0xAB), 2));
        Assert.True(trie.TryUpdate(new TagKey(8, 0xAB), 3));
        Assert.False(trie.TryUpdate(new TagKey(9, 0xAB), 3));
    }

    [SkippableFact]
    public void A_prefix_that_is_too_long_or_one_too_many_is_explained()
    {
        using var trie = BpfLpmTrie<TagKey, ulong>.Create("trie_small", 1);
        BpfSyscallException tooLong = Assert.Throws<BpfSyscallException>(() => trie.Set(new TagKey(17, 0), 1));
        Assert.Contains("at most 16 bits", tooLong.Message, StringComparison.Ordinal);

        trie.Set(new TagKey(16, 1), 1);
        BpfSyscallException full = Assert.Throws<BpfSyscallException>(() => trie.Set(new TagKey(16, 2), 1));
        Assert.Contains("The map is full (1 entries)", full.Message, StringComparison.Ordinal);
    }

    /// <summary>16 bits of data; the low byte of the number comes first in memory and is the significant one.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    private readonly record struct TagKey(uint PrefixLength, ushort Tag);

    [SkippableFact]
    public unsafe void A_copy_knows_the_kernels_order_and_sees_when_it_begins_anew()
    {
        using var trie = BpfLpmTrie<Ipv4LpmKey, int>.Create("trie_order", 64);
        Gen<Ipv4LpmKey> keys = Gen.Choose(0, 32).Zip(Gen.Choose(0, 255)).Select(pair => new Ipv4LpmKey(new IPAddress([10, (byte)(pair.Item2 & 0x81), 0, (byte)pair.Item2]), pair.Item1));
        Prop.ForAll(keys.ArrayOf().ToArbitrary(), set =>
        {
            trie.Clear();
            var model = new HashSet<Ipv4LpmKey>();
            foreach (Ipv4LpmKey key in set.Take(64))
            {
                trie.Set(key, key.PrefixLength);
                model.Add(key);
            }

            Ipv4LpmKey[] copied = new Ipv4LpmKey[65];
            int[] values = new int[65];
            int count = trie.CopyTo(copied, values);
            Assert.True(model.SetEquals(copied[..count]));
            Assert.Equal(model.Count, count);
            Assert.Equal(copied[..count].Select(key => key.PrefixLength), values[..count]);
            Assert.True(IsInOrder(copied, count));
            for (int i = 1; i < count; i++)
            {
                (copied[i - 1], copied[i]) = (copied[i], copied[i - 1]);
                Assert.False(IsInOrder(copied, count));
                (copied[i - 1], copied[i]) = (copied[i], copied[i - 1]);
            }

            copied[count] = copied[0];
            Assert.Equal(count == 0, IsInOrder(copied, count + 1));
        }).QuickCheckThrowOnFailure();

        static bool IsInOrder(Ipv4LpmKey[] keys, int count)
        {
            fixed (Ipv4LpmKey* first = keys)
            {
                return TrieRanges.IsInOrder((byte*)first, sizeof(Ipv4LpmKey), count);
            }
        }
    }
}
