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
}
