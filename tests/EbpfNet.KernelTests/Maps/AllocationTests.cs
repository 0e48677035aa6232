using System.Net;

namespace EbpfNet.KernelTests.Maps;

public sealed class AllocationTests : KernelTest
{
    private const int Rounds = 10_000;

    [SkippableFact]
    public void No_operation_on_a_hash_table_allocates()
    {
        using var map = BpfHashMap<uint, Twelve>.Create("noalloc", 16);
        AssertNothingAllocated(() =>
        {
            map.Set(1, new Twelve(1, 2, 3));
            map.TryAdd(2, default);
            map.TryUpdate(2, default);
            map.TryGetValue(1, out _);
            map.TryGetValue(9, out _);
            map.ContainsKey(1);
            map.TryRemove(2, out _);
            map.Remove(2);
            _ = map[1];
        });
    }

    [SkippableFact]
    public void No_operation_on_an_array_allocates()
    {
        using var array = BpfArray<Twelve>.Create("noalloc", 16);
        AssertNothingAllocated(() =>
        {
            array[1] = new Twelve(1, 2, 3);
            _ = array[2];
        });
    }

    [SkippableFact]
    public void No_operation_on_a_trie_allocates()
    {
        using var trie = BpfLpmTrie<Ipv4LpmKey, ulong>.Create("noalloc", 16);
        var network = new Ipv4LpmKey(IPNetwork.Parse("10.0.0.0/8"));
        var address = new Ipv4LpmKey(IPAddress.Parse("10.1.2.3"));
        AssertNothingAllocated(() =>
        {
            trie.Set(network, 1);
            trie.TryGetValue(address, out _);
            trie.Remove(network);
        });
    }

    [SkippableFact]
    public void No_operation_on_per_CPU_maps_allocates()
    {
        using var map = BpfPerCpuHashMap<uint, Twelve>.Create("noalloc", 16);
        using var array = BpfPerCpuArray<uint>.Create("noalloc_array", 16);
        var values = new Twelve[map.CpuCount];
        var numbers = new uint[map.CpuCount];
        Func<uint, uint, uint> max = Math.Max;
        AssertNothingAllocated(() =>
        {
            map.Set(1, values);
            map.SetAll(2, default);
            map.TryGetValue(1, values);
            map.TryGetSum(1u, out _);
            map.ContainsKey(1);
            map.TryRemove(2, values);
            map.TryGetValue(1, 0, out _);
            array.Read(0, 0);
            array.Read(0, numbers);
            array.Write(0, numbers);
            array.WriteAll(0, 1);
            array.Sum(0);
            array.Aggregate(0, max);
        });
    }

    [SkippableFact]
    public void No_operation_on_queues_stacks_and_Bloom_filters_allocates()
    {
        using var queue = BpfQueue<Twelve>.Create("noalloc", 2);
        using var stack = BpfStack<ulong>.Create("noalloc_stack", 2);
        using var filter = BpfBloomFilter<ulong>.Create("noalloc_bloom", 16);
        var values = new ulong[4];
        AssertNothingAllocated(() =>
        {
            queue.Enqueue(new Twelve(1, 2, 3), dropOldest: true);
            queue.TryEnqueue(default);
            queue.TryPeek(out _);
            queue.TryDequeue(out _);
            stack.Push(1, dropOldest: true);
            stack.TryPush(2);
            stack.TryPeek(out _);
            stack.PopTo(values);
            stack.TryPop(out _);
            filter.Add(1);
            filter.MayContain(1);
            filter.MayContain(2);
        });
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_operation_on_ranges_allocates(bool batches)
    {
        using var map = BpfHashMap<int, Twelve>.Create("noalloc", 16);
        using var array = BpfArray<Twelve>.Create("noalloc_array", 16);
        using var perCpu = BpfPerCpuHashMap<int, Twelve>.Create("noalloc_percpu", 16);
        using var perCpuArray = BpfPerCpuArray<uint>.Create("noalloc_parray", 16);
        map.Map.HasBatches = array.Map.HasBatches = perCpu.Map.HasBatches = perCpuArray.Map.HasBatches = batches ? null : false;
        int[] keys = [.. Enumerable.Range(0, 16)];
        var values = new Twelve[16];
        var perCpuValues = new Twelve[16 * perCpu.CpuCount];
        var numbers = new uint[16 * perCpu.CpuCount];
        AssertNothingAllocated(
            () =>
            {
                map.SetRange(keys, values);
                map.CopyTo(keys.AsSpan(0, 3), values);
                map.RemoveRange(keys.AsSpan(8));
                map.TakeTo(keys.AsSpan(0, 1), values);
                map.TakeTo(keys, values);
                array.WriteRange(0, values);
                array.ReadRange(0, values);
                perCpu.SetRange(keys, perCpuValues);
                perCpu.CopyTo(keys, perCpuValues);
                perCpu.RemoveRange(keys.AsSpan(8));
                perCpu.TakeTo(keys, perCpuValues);
                perCpuArray.WriteRange(0, numbers);
                perCpuArray.ReadRange(0, numbers);
            },
            rounds: 200);
    }

    [SkippableFact]
    public void Walking_counting_and_clearing_allocate_nothing()
    {
        using var map = BpfHashMap<int, long>.Create("walk", 64);
        using var trie = BpfLpmTrie<Ipv4LpmKey, ulong>.Create("walk_trie", 64);
        using var array = BpfArray<long>.Create("walk_array", 8);
        using var perCpu = BpfPerCpuHashMap<uint, ulong>.Create("walk_percpu", 8);
        var network = new Ipv4LpmKey(IPNetwork.Parse("10.0.0.0/8"));
        long sum = 0;
        AssertNothingAllocated(
            () =>
            {
                map[1] = 1;
                trie.Set(network, 1);
                perCpu.SetAll(1, 1);
                foreach ((int _, long value) in map)
                {
                    foreach (long inner in array)
                    {
                        sum += inner; // A walk within a walk has a cursor of its own.
                    }

                    sum += value;
                }

                foreach ((Ipv4LpmKey _, ulong value) in trie)
                {
                    sum += (long)value;
                }

                foreach (BpfPerCpuEntry<uint, ulong> entry in perCpu)
                {
                    sum += (long)entry[0];
                }

                sum += map.Count;
                map.Clear();
                trie.Clear();
                array.Clear();
                perCpu.Clear();
            },
            rounds: 200);
        Assert.NotEqual(0, sum);
    }

    private static void AssertNothingAllocated(Action operations, int rounds = Rounds)
    {
        for (int i = 0; i < 100; i++)
        {
            operations();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < rounds; i++)
        {
            operations();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
