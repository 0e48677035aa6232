namespace EbpfNet.KernelTests.Maps;

public sealed class EnumerationTests : KernelTest
{
    private const int Stable = 500;
    private const int Changing = 4000;
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(400);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_element_of_a_map_of_many_batches_is_shown_once(bool batches)
    {
        const int Count = 20_000;
        using var map = BpfHashMap<int, long>.Create("many", Count);
        map.Map.HasBatches = batches ? null : false;
        for (int i = 0; i < Count; i++)
        {
            map[i] = i * 2L;
        }

        var shown = new HashSet<int>();
        foreach ((int key, long value) in map)
        {
            Assert.Equal(key * 2L, value);
            Assert.True(shown.Add(key));
        }

        Assert.Equal(Count, shown.Count);
        Assert.Equal(batches, map.Map.HasBatches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_empty_map_and_a_full_one_of_single_byte_keys_are_walked_to_their_ends(bool batches)
    {
        using var map = BpfHashMap<byte, byte>.Create("bytes", 256);
        map.Map.HasBatches = batches ? null : false;
        Assert.Empty(map);
        for (int i = 0; i < 256; i++)
        {
            map[(byte)i] = (byte)~i;
        }

        Assert.Equal(Enumerable.Range(0, 256), map.Select(pair => (int)pair.Key).Order());
        Assert.All(map, pair => Assert.Equal((byte)~pair.Key, pair.Value));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hash_table_that_changes_meanwhile_is_walked_to_its_end_and_shows_no_key_twice(bool batches)
    {
        using var map = BpfHashMap<int, int>.Create("changing", (2 * (Stable + Changing)) + 64);
        map.Map.HasBatches = batches ? null : false;
        for (int i = 0; i < Stable; i++)
        {
            map[-1 - i] = i;
        }

        WalkWhileOthersChange(
            key => map.Set(key, 1),
            key => map.Remove(key),
            () => map.Select(pair => pair.Key).ToList(),
            // Key by key, the kernel goes on from an element that may just have been used again elsewhere.
            mayPassOver: !batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trie_that_changes_meanwhile_is_walked_to_its_end_and_shows_no_key_twice(bool batches)
    {
        using var trie = BpfLpmTrie<Ipv4LpmKey, int>.Create("changing_trie", (2 * (Stable + Changing)) + 64);
        trie.Map.HasBatches = batches ? null : false;
        for (int i = 0; i < Stable; i++)
        {
            trie[ToKey(-1 - i)] = -1 - i;
        }

        WalkWhileOthersChange(
            key => trie.Set(ToKey(key), key),
            key => trie.Remove(ToKey(key)),
            () => trie.Select(pair => pair.Value).ToList());

        static Ipv4LpmKey ToKey(int key) => new(new System.Net.IPAddress(BitConverter.GetBytes(key)));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Elements_may_be_removed_while_they_are_walked_over(bool batches)
    {
        using var map = BpfHashMap<int, int>.Create("removing", 3000);
        using var trie = BpfLpmTrie<Ipv4LpmKey, int>.Create("removing_trie", 3000);
        map.Map.HasBatches = trie.Map.HasBatches = batches ? null : false;
        for (int i = 0; i < 3000; i++)
        {
            map[i] = i;
            trie[new Ipv4LpmKey(new System.Net.IPAddress(BitConverter.GetBytes(i)))] = i;
        }

        int shown = 0;
        foreach ((int key, _) in map)
        {
            shown++;
            Assert.True(key % 3 == 0 || map.Remove(key));
        }

        foreach ((Ipv4LpmKey key, int value) in trie)
        {
            shown++;
            Assert.True(value % 3 == 0 || trie.Remove(key));
        }

        Assert.Equal(6000, shown);
        Assert.Equal(1000, map.Count);
        Assert.Equal(1000, trie.Count);
    }

    [SkippableFact]
    public void Clearing_ends_while_another_thread_adds()
    {
        using var map = BpfHashMap<int, int>.Create("clearing", 10_000);
        using var stop = new CancellationTokenSource();
        Thread adder = StartThread(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i = (i + 1) % 10_000)
            {
                map.Set(i, i);
            }
        });
        for (int i = 0; i < 20; i++)
        {
            map.Clear();
        }

        stop.Cancel();
        adder.Join();
        map.Clear();
        Assert.Empty(map);
    }

    [SkippableFact]
    public void A_copy_of_an_enumerator_that_outlives_its_walk_does_not_disturb_the_next_one()
    {
        using var map = BpfHashMap<int, int>.Create("copies", 8);
        map[1] = 1;
        map[2] = 2;
        BpfMapEnumerator<int, int> first = map.GetEnumerator();
        BpfMapEnumerator<int, int> copy = first;
        Assert.True(first.MoveNext());
        first.Dispose();

        using BpfMapEnumerator<int, int> second = map.GetEnumerator(); // Has the cursor of the first.
        Assert.False(copy.MoveNext());
        Assert.Throws<InvalidOperationException>(() => copy.Current);
        copy.Dispose();

        Assert.True(second.MoveNext());
        Assert.True(second.MoveNext());
        Assert.False(second.MoveNext());
    }

    [SkippableFact]
    public void An_enumerator_outside_its_walk_shows_nothing()
    {
        using var map = BpfHashMap<int, int>.Create("outside", 4);
        map[1] = 2;
        BpfMapEnumerator<int, int> walk = map.GetEnumerator();
        Assert.Throws<InvalidOperationException>(() => walk.Current);
        Assert.True(walk.MoveNext());
        Assert.Equal(new KeyValuePair<int, int>(1, 2), walk.Current);
        Assert.False(walk.MoveNext());
        Assert.Throws<InvalidOperationException>(() => walk.Current);
        walk.Dispose();
        walk.Dispose();
        Assert.False(walk.MoveNext());
        Assert.Throws<InvalidOperationException>(() => walk.Current);
    }

    /// <summary>Walks again and again while one thread adds and removes keys from 0 on; those below 0 are always there.</summary>
    private static void WalkWhileOthersChange(Action<int> set, Action<int> remove, Func<List<int>> walk, bool mayPassOver = false)
    {
        using var stop = new CancellationTokenSource();
        Thread changer = StartThread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                int key = random.Next(Changing);
                if (random.Next(2) == 0)
                {
                    set(key);
                }
                else
                {
                    remove(key);
                }
            }
        });
        try
        {
            DateTime end = DateTime.UtcNow + Duration;
            do
            {
                List<int> shown = walk();
                Assert.Equal(shown.Count, shown.Distinct().Count());
                Assert.InRange(shown.Count(key => key < 0), mayPassOver ? 0 : Stable, Stable);
            }
            while (DateTime.UtcNow < end);
        }
        finally
        {
            stop.Cancel();
            changer.Join();
        }
    }

    private static Thread StartThread(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        return thread;
    }
}
