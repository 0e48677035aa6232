using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps;

public sealed class MapOperationTests : KernelTest
{
    [SkippableFact]
    public void A_type_that_no_view_takes_is_refused_before_a_map_is_made()
    {
        IReadOnlyList<uint> before = BpfMap.GetIds();
        Assert.All(
            (Func<IDisposable>[])
            [
                () => BpfHashMap<int, DateTime>.Create("auto", 4), () => BpfHashMap<DateTime, int>.Create("auto", 4), () => BpfPerCpuHashMap<int, DateTime>.Create("auto", 4),
                () => BpfArray<DateTime>.Create("auto", 4), () => BpfPerCpuArray<DateTime>.Create("auto", 4), () => BpfLpmTrie<Ipv4LpmKey, DateTime>.Create("auto", 4),
                () => BpfQueue<DateTime>.Create("auto", 4), () => BpfStack<DateTime>.Create("auto", 4), () => BpfBloomFilter<DateTime>.Create("auto", 4),
                () => BpfSockHash<DateTime>.Create("auto", 4),
            ],
            create => Assert.Contains("of map 'auto'", Assert.Throws<BpfLayoutException>(create).Message, StringComparison.Ordinal));

        Assert.DoesNotContain(
            BpfMap.GetIds().Except(before),
            id =>
            {
                try
                {
                    using BpfMap map = BpfMap.OpenById(id);
                    return map.Name == "auto";
                }
                catch (BpfSyscallException)
                {
                    return false; // Another process's, which has gone.
                }
            });
    }

    [SkippableFact]
    public void A_missing_key_is_false_for_Try_and_an_exception_for_the_indexer()
    {
        using var map = BpfHashMap<uint, ulong>.Create("missing", 4);

        Assert.False(map.TryGetValue(7, out ulong value));
        Assert.Equal(0ul, value);
        Assert.Contains("key 7 is not in map 'missing'", Assert.Throws<KeyNotFoundException>(() => map[7]).Message, StringComparison.Ordinal);
        Assert.False(map.Remove(7));
        Assert.False(map.TryUpdate(7, 1));
        map.Add(7, 1);
        Assert.Contains("key 7 is in map 'missing' already", Assert.Throws<ArgumentException>(() => map.Add(7, 2)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_full_map_says_how_many_entries_it_has_and_what_to_do()
    {
        using var map = BpfHashMap<uint, ulong>.Create("flows", 2);
        map[1] = map[2] = 1;
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => map[3] = 1);

        Assert.Equal(BpfErrno.E2BIG, e.Error);
        Assert.Contains("map 'flows': BPF_MAP_UPDATE_ELEM failed with E2BIG. The map is full (2 entries): remove elements", e.Message, StringComparison.Ordinal);
        Assert.Contains("LRU", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_index_beyond_the_array_never_reaches_the_kernel()
    {
        using var array = BpfArray<ulong>.Create("short", 3);
        using var perCpu = BpfPerCpuArray<ulong>.Create("short_percpu", 3);

        Assert.Throws<ArgumentOutOfRangeException>("index", () => array[3]);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array[-1] = 1);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => perCpu.Sum(3));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => perCpu.WriteAll(-1, 1));
    }

    [SkippableFact]
    public void A_view_of_another_kind_of_map_is_refused_and_the_right_one_named()
    {
        using var array = BpfArray<ulong>.Create("an_array", 3);
        ArgumentException e = Assert.Throws<ArgumentException>("map", () => new BpfHashMap<int, ulong>(array.Map));

        Assert.Contains("map 'an_array' is of type BPF_MAP_TYPE_ARRAY", e.Message, StringComparison.Ordinal);
        Assert.Contains("use BpfArray<T>", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Types_of_other_sizes_are_refused_when_the_view_is_made()
    {
        using var map = BpfHashMap<uint, ulong>.Create("sized", 3);

        Assert.Contains("the keys of map 'sized'", Assert.Throws<BpfLayoutException>(() => new BpfHashMap<ulong, ulong>(map.Map)).Message, StringComparison.Ordinal);
        Assert.Contains("the values of map 'sized'", Assert.Throws<BpfLayoutException>(() => new BpfHashMap<uint, uint>(map.Map)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Disposing_a_view_closes_only_a_map_that_the_view_created()
    {
        var created = BpfHashMap<uint, ulong>.Create("owned", 3);
        using (var second = new BpfHashMap<uint, ulong>(created.Map))
        {
            second[1] = 2;
        }

        Assert.Equal(2ul, created[1]);
        created.Dispose();
        created.Dispose();
        Assert.Throws<ObjectDisposedException>(() => created[1]);
        Assert.Throws<ObjectDisposedException>(() => created.Count);
    }

    [SkippableFact]
    public void Writing_to_a_map_that_is_for_reading_only_says_so()
    {
        using var map = BpfArray<uint>.Create("read_only", 1, BpfMapFlags.ReadOnly);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => map[0] = 1);

        Assert.Contains("The map was opened for reading only", e.Message, StringComparison.Ordinal);
        Assert.Equal(0u, map[0]);
    }

    [SkippableFact]
    public void A_map_that_the_kernel_cannot_create_is_described()
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => BpfHashMap<uint, ulong>.Create("odd", 1, BpfMapFlags.Mmapable));

        Assert.Contains("create map 'odd' (BPF_MAP_TYPE_HASH, 1 entries, keys of 4 and values of 8 bytes, flags Mmapable)", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Values_of_all_CPUs_are_summed_and_combined()
    {
        using var map = BpfPerCpuHashMap<uint, Twelve>.Create("sums", 3);
        Twelve[] values = [.. Enumerable.Range(1, map.CpuCount).Select(Twelve.From)];
        map.Set(5, values);
        Twelve expected = values.Aggregate((a, b) => a + b);

        Assert.True(map.TryGetSum(5u, out Twelve sum));
        Assert.Equal(expected, sum);
        Assert.True(map.TryAggregate(5, (a, b) => a.A > b.A ? a : b, out Twelve largest));
        Assert.Equal(values[^1], largest);
        Assert.False(map.TryGetSum(6u, out sum));
        Assert.Equal(default, sum);
        foreach (BpfPerCpuEntry<uint, Twelve> entry in map)
        {
            Assert.Equal(expected, entry.Sum());
        }
    }

    [SkippableFact]
    public void A_buffer_that_is_too_small_for_all_CPUs_is_refused()
    {
        using var map = BpfPerCpuHashMap<uint, ulong>.Create("buffers", 3);
        map.SetAll(1, 1);

        Assert.Throws<ArgumentException>("perCpu", () => map.TryGetValue(1, new ulong[map.CpuCount - 1]));
        Assert.Throws<ArgumentException>("perCpu", () => map.Set(1, new ulong[map.CpuCount + 1]));
    }

    [SkippableFact]
    public void The_kernels_answer_is_read_right_while_the_runtime_stops_its_threads()
    {
        // The runtime makes system calls of its own when it stops a thread for a collection; they must not be taken for the answer.
        using var map = BpfHashMap<uint, ulong>.Create("stopped", 4);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        try
        {
            // For as long as many collections take: how many calls come between two depends on the machine.
            int first = GC.CollectionCount(0);
            for (uint i = 0; GC.CollectionCount(0) - first < 10_000; i++)
            {
                Assert.False(map.TryGetValue(i, out _));
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
