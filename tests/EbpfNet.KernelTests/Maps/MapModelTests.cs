using EbpfNet.Abi;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Each kind of map beside a model of it, under the same random operations.</summary>
public sealed class MapModelTests : KernelTest
{
    private const int KeyCount = 12;
    private const int MaxEntries = 8;

    private enum Operation
    {
        Get,
        Set,
        Add,
        Update,
        Remove,
        Take,
        Contains,
        Clear,
        Compare,
    }

    public static TheoryData<BpfMapFlags, bool> HashTables => new()
    {
        { BpfMapFlags.None, true },
        { BpfMapFlags.NoPrealloc, true },
        { BpfMapFlags.None, false },
    };

    [SkippableTheory]
    [MemberData(nameof(HashTables))]
    public void A_hash_table_does_what_a_dictionary_does(BpfMapFlags flags, bool batches)
    {
        CheckHash<One>(flags, batches);
        CheckHash<Four>(flags, batches);
        CheckHash<Twelve>(flags, batches);
        CheckHash<Sixteen>(flags, batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_per_CPU_hash_table_does_what_a_dictionary_of_arrays_does(bool batches)
    {
        CheckPerCpuHash<One>(batches);
        CheckPerCpuHash<Four>(batches);
        CheckPerCpuHash<Twelve>(batches);
        CheckPerCpuHash<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_array_does_what_an_array_does(bool batches)
    {
        CheckArray<One>(batches);
        CheckArray<Four>(batches);
        CheckArray<Twelve>(batches);
        CheckArray<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_per_CPU_array_does_what_an_array_of_arrays_does(bool batches)
    {
        CheckPerCpuArray<One>(batches);
        CheckPerCpuArray<Four>(batches);
        CheckPerCpuArray<Twelve>(batches);
        CheckPerCpuArray<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_LRU_hash_table_holds_what_was_set_last_and_never_too_much(bool perCpuLists)
    {
        using var map = BpfHashMap<int, int>.Create("model_lru", 64, perCpuLists ? BpfMapFlags.NoCommonLru : BpfMapFlags.None, lru: true);
        Prop.ForAll(Gen.Choose(0, 500).Zip(Gen.Choose(1, 1000)).ListOf().ToArbitrary(), sets =>
        {
            var last = new Dictionary<int, int>();
            map.Clear();
            foreach ((int key, int value) in sets)
            {
                map.Set(key, value);
                last[key] = value;
                Assert.True(map.TryGetValue(key, out int found));
                Assert.Equal(value, found);
            }

            int count = 0;
            foreach ((int key, int value) in map)
            {
                Assert.Equal(last[key], value);
                count++;
            }

            Assert.True(count <= 64);
            Assert.Equal(count, map.Count);
        }).QuickCheckThrowOnFailure();
    }

    // Every operation as its kind, its key, and the seed of its value.
    private static Arbitrary<(Operation What, int Key, int Value)[]> Operations() =>
        Gen.Elements(Enum.GetValues<Operation>()).SelectMany(what => Gen.Choose(0, KeyCount - 1).Zip(Gen.Choose(-1000, 1000)), (what, rest) => (what, rest.Item1, rest.Item2))
            .ArrayOf().ToArbitrary();

    private static void CheckHash<T>(BpfMapFlags flags, bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfHashMap<int, T>.Create("model_hash", MaxEntries, flags);
        map.Map.HasBatches = batches ? null : false;
        Prop.ForAll(Operations(), operations =>
        {
            map.Clear();
            var model = new Dictionary<int, T>();
            foreach ((Operation what, int key, int seed) in operations)
            {
                Apply(map, model, what, key, T.From(seed));
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), map.OrderBy(pair => pair.Key));
        }).QuickCheckThrowOnFailure();
    }

    private static void Apply<T>(BpfHashMap<int, T> map, Dictionary<int, T> model, Operation what, int key, T value)
        where T : unmanaged, ITestValue<T>
    {
        bool full = model.Count == MaxEntries && !model.ContainsKey(key);
        switch (what)
        {
            case Operation.Get:
                Assert.Equal(model.TryGetValue(key, out T expected), map.TryGetValue(key, out T found));
                Assert.Equal(expected, found);
                break;
            case Operation.Set or Operation.Add when full:
                Assert.Contains("full (8 entries)", Assert.Throws<BpfSyscallException>(() => map.Add(key, value)).Message, StringComparison.Ordinal);
                break;
            case Operation.Set:
                map[key] = value;
                model[key] = value;
                break;
            case Operation.Add:
                Assert.Equal(model.TryAdd(key, value), map.TryAdd(key, value));
                break;
            case Operation.Update:
                Assert.Equal(model.ContainsKey(key), map.TryUpdate(key, value));
                if (model.ContainsKey(key))
                {
                    model[key] = value;
                }

                break;
            case Operation.Remove:
                Assert.Equal(model.Remove(key), map.Remove(key));
                break;
            case Operation.Take:
                Assert.Equal(model.Remove(key, out T removed), map.TryRemove(key, out T taken));
                Assert.Equal(removed, taken);
                break;
            case Operation.Contains:
                Assert.Equal(model.ContainsKey(key), map.ContainsKey(key));
                break;
            case Operation.Clear:
                map.Clear();
                model.Clear();
                break;
            default:
                Assert.Equal(model.Count, map.Count);
                break;
        }
    }

    private static void CheckPerCpuHash<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfPerCpuHashMap<int, T>.Create("model_pcpu_hash", MaxEntries);
        map.Map.HasBatches = batches ? null : false;
        var buffer = new T[map.CpuCount + 1]; // One more than needed, which has to stay as it is.
        T untouched = T.From(77);
        Prop.ForAll(Operations(), operations =>
        {
            map.Clear();
            var model = new Dictionary<int, T[]>();
            foreach ((Operation what, int key, int seed) in operations)
            {
                T[] values = [.. Enumerable.Range(seed, map.CpuCount).Select(T.From)];
                buffer.AsSpan().Fill(untouched);
                bool full = model.Count == MaxEntries && !model.ContainsKey(key);
                switch (what)
                {
                    case Operation.Get or Operation.Compare:
                        Assert.Equal(model.ContainsKey(key), map.TryGetValue(key, buffer));
                        Assert.Equal([.. model.GetValueOrDefault(key) ?? [.. Enumerable.Repeat(untouched, map.CpuCount)], untouched], buffer);
                        break;
                    case Operation.Set or Operation.Add when full:
                        Assert.Throws<BpfSyscallException>(() => map.Set(key, values));
                        break;
                    case Operation.Set when seed % 2 == 0:
                        map.SetAll(key, values[0]);
                        model[key] = [.. Enumerable.Repeat(values[0], map.CpuCount)];
                        break;
                    case Operation.Set:
                        map.Set(key, values);
                        model[key] = values;
                        break;
                    case Operation.Add:
                        Assert.Equal(model.TryAdd(key, values), map.TryAdd(key, values));
                        break;
                    case Operation.Update:
                        Assert.Equal(model.ContainsKey(key), map.TryUpdate(key, values));
                        if (model.ContainsKey(key))
                        {
                            model[key] = values;
                        }

                        break;
                    case Operation.Remove:
                        Assert.Equal(model.Remove(key), map.Remove(key));
                        break;
                    case Operation.Take:
                        Assert.Equal(model.Remove(key, out T[]? removed), map.TryRemove(key, buffer));
                        Assert.Equal(removed ?? [.. Enumerable.Repeat(untouched, map.CpuCount)], buffer[..^1]);
                        break;
                    case Operation.Contains:
                        Assert.Equal(model.ContainsKey(key), map.ContainsKey(key));
                        break;
                    default:
                        map.Clear();
                        model.Clear();
                        break;
                }
            }

            var shown = new Dictionary<int, T[]>();
            foreach (BpfPerCpuEntry<int, T> entry in map)
            {
                entry.CopyTo(buffer);
                shown.Add(entry.Key, buffer[..^1]);
                Assert.Equal(buffer[entry.CpuCount - 1], entry[entry.CpuCount - 1]);
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), shown.OrderBy(pair => pair.Key));
            Assert.Equal(model.Count, map.Count);
        }).QuickCheckThrowOnFailure();
    }

    private static void CheckArray<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfArray<T>.Create("model_array", KeyCount);
        map.Map.HasBatches = batches ? null : false;
        var model = new T[KeyCount];
        Prop.ForAll(Operations(), operations =>
        {
            foreach ((Operation what, int key, int seed) in operations)
            {
                switch (what)
                {
                    case Operation.Get or Operation.Contains or Operation.Remove or Operation.Take:
                        Assert.Equal(model[key], map[key]);
                        break;
                    case Operation.Clear:
                        map.Clear();
                        Array.Clear(model);
                        break;
                    case Operation.Compare:
                        var copy = new T[key];
                        Assert.Equal(key, map.CopyTo(copy));
                        Assert.Equal(model[..key], copy);
                        break;
                    default:
                        map[key] = model[key] = T.From(seed);
                        break;
                }
            }

            Assert.Equal(model, map);
        }).QuickCheckThrowOnFailure();
    }

    private static void CheckPerCpuArray<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfPerCpuArray<T>.Create("model_pcpu_arr", KeyCount);
        map.Map.HasBatches = batches ? null : false;
        T[][] model = [.. Enumerable.Range(0, KeyCount).Select(_ => new T[map.CpuCount])];
        Prop.ForAll(Operations(), operations =>
        {
            foreach ((Operation what, int key, int seed) in operations)
            {
                switch (what)
                {
                    case Operation.Get or Operation.Contains or Operation.Remove or Operation.Take:
                        var found = new T[map.CpuCount];
                        map.Read(key, found);
                        Assert.Equal(model[key], found);
                        break;
                    case Operation.Clear:
                        map.Clear();
                        Array.ForEach(model, Array.Clear);
                        break;
                    case Operation.Update:
                        map.WriteAll(key, T.From(seed));
                        Array.Fill(model[key], T.From(seed));
                        break;
                    default:
                        model[key] = [.. Enumerable.Range(seed, map.CpuCount).Select(T.From)];
                        map.Write(key, model[key]);
                        break;
                }
            }

            int next = 0;
            foreach (BpfPerCpuEntry<int, T> entry in map)
            {
                Assert.Equal(next, entry.Key);
                for (int cpu = 0; cpu < entry.CpuCount; cpu++)
                {
                    Assert.Equal(model[next][cpu], entry[cpu]);
                }

                next++;
            }

            Assert.Equal(KeyCount, next);
        }).QuickCheckThrowOnFailure();
    }
}
