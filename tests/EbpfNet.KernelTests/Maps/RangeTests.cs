using EbpfNet.Abi;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Many elements at once, with the kernel's batches and without.</summary>
public sealed class RangeTests : KernelTest
{
    private const int KeyCount = 24;
    private const int MaxEntries = 16;

    private enum Operation
    {
        Set,
        Remove,
        Copy,
        Take,
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranges_of_a_hash_table_do_what_a_dictionary_does(bool batches)
    {
        CheckHash<One>(batches);
        CheckHash<Twelve>(batches);
        CheckHash<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranges_of_an_array_do_what_spans_do(bool batches)
    {
        CheckArray<One>(batches);
        CheckArray<Twelve>(batches);
        CheckArray<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_LRU_hash_table_takes_more_than_it_holds(bool batches)
    {
        using var map = BpfHashMap<int, int>.Create("lru_range", 64, lru: true);
        map.Map.HasBatches = batches ? null : false;
        int[] keys = [.. Enumerable.Range(0, 1000)];
        map.SetRange(keys, [.. keys.Select(key => ~key)]);
        var foundKeys = new int[100];
        var foundValues = new int[100];

        int count = map.CopyTo(foundKeys, foundValues);

        Assert.InRange(count, 1, 64);
        Assert.Equal(count, foundKeys[..count].Distinct().Count());
        Assert.Equal(foundKeys[..count].Select(key => ~key), foundValues[..count]);
        Assert.Equal(count, map.TakeTo(foundKeys, foundValues));
        Assert.Equal(0, map.TakeTo(foundKeys, foundValues));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_array_of_several_batches_is_read_and_written_as_a_whole(bool batches)
    {
        using var array = BpfArray<int>.Create("long", 5000);
        array.Map.HasBatches = batches ? null : false;
        int[] values = [.. Enumerable.Range(1, 4999)];
        array.WriteRange(1, values);
        var all = new int[6000];

        Assert.Equal(5000, array.CopyTo(all));
        Assert.Equal([0, .. values], all[..5000]);
        var some = new int[3000];
        array.ReadRange(1500, some);
        Assert.Equal(values[1499..4499], some);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_done_before_a_failure_is_told(bool batches)
    {
        using var map = BpfHashMap<int, int>.Create("filled", 8);
        using var array = BpfArray<int>.Create("read_only", 4, BpfMapFlags.ReadOnly);
        map.Map.HasBatches = array.Map.HasBatches = batches ? null : false;
        int[] keys = [.. Enumerable.Range(0, 12)];

        BpfSyscallException full = Assert.Throws<BpfSyscallException>(() => map.SetRange(keys, keys));
        Assert.Equal((BpfErrno.E2BIG, 8), (full.Error, full.CompletedCount));
        Assert.Contains("set 12 elements (8 were done) of map 'filled'", full.Message, StringComparison.Ordinal);
        Assert.Contains("is full (8 entries)", full.Message, StringComparison.Ordinal);
        Assert.Equal(keys[..8], map.Select(pair => pair.Key).Order());
        Assert.Equal(8, map.RemoveRange(keys));

        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => array.WriteRange(0, [1, 2]));
        Assert.Equal((BpfErrno.EPERM, 0), (refused.Error, refused.CompletedCount));
        Assert.Contains("opened for reading only", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Ranges_that_do_not_fit_are_refused_before_anything_is_done()
    {
        using var map = BpfHashMap<int, int>.Create("range", 8);
        using var array = BpfArray<int>.Create("range_array", 4);

        Assert.Throws<ArgumentException>("values", () => map.SetRange([1, 2], [1]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.WriteRange(2, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.ReadRange(-1, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.ReadRange(5, []));
        array.ReadRange(4, []);
        map.SetRange([], []);
        Assert.Equal(0, map.RemoveRange([]));
        Assert.Equal(0, map.CopyTo([], []));
        Assert.Equal(0, map.Count);
    }

    [SkippableFact]
    public void A_bucket_that_holds_more_than_there_is_room_for_is_copied_in_part()
    {
        // As many elements as buckets: some buckets have several.
        using var map = BpfHashMap<int, int>.Create("buckets", 1024);
        int[] keys = [.. Enumerable.Range(0, 1024)];
        map.SetRange(keys, keys);
        for (int room = 0; room <= 1024; room += 31)
        {
            var foundKeys = new int[room + 1];
            var foundValues = new int[room];
            Assert.Equal(room, map.CopyTo(foundKeys, foundValues));
            Assert.Equal(foundKeys[..room], foundValues);
            Assert.Equal(room, foundValues.Distinct().Count());
        }
    }

    private static Arbitrary<(Operation What, int[] Keys, int Number)[]> Operations() =>
        Gen.Elements(Operation.Set, Operation.Set, Operation.Remove, Operation.Copy, Operation.Take)
            .SelectMany(what => Gen.Choose(0, KeyCount - 1).ArrayOf().Zip(Gen.Choose(0, 20)), (what, rest) => (what, rest.Item1, rest.Item2))
            .ArrayOf().ToArbitrary();

    private static void CheckHash<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfHashMap<int, T>.Create("model_range", MaxEntries);
        map.Map.HasBatches = batches ? null : false;
        Prop.ForAll(Operations(), operations =>
        {
            map.Clear();
            var model = new Dictionary<int, T>();
            foreach ((Operation what, int[] keys, int number) in operations)
            {
                switch (what)
                {
                    case Operation.Set:
                        T[] values = [.. keys.Select((key, i) => T.From(key + (i * number)))];
                        int fitting = SetInModel(model, keys, values);
                        if (fitting < keys.Length)
                        {
                            Assert.Equal(fitting, Assert.Throws<BpfSyscallException>(() => map.SetRange(keys, values)).CompletedCount);
                        }
                        else
                        {
                            map.SetRange(keys, values);
                        }

                        break;
                    case Operation.Remove:
                        Assert.Equal(keys.Count(model.Remove), map.RemoveRange(keys));
                        break;
                    default:
                        var foundKeys = new int[number + 1];
                        var foundValues = new T[number];
                        int count = what == Operation.Copy ? map.CopyTo(foundKeys, foundValues) : map.TakeTo(foundKeys, foundValues);
                        Assert.Equal(Math.Min(number, model.Count), count);
                        Assert.Equal(count, foundKeys[..count].Distinct().Count());
                        Assert.Equal(foundKeys[..count].Select(key => model[key]), foundValues[..count]);
                        Array.ForEach(foundKeys[..count], key => _ = what == Operation.Take && model.Remove(key));
                        break;
                }

                Assert.Equal(model.OrderBy(pair => pair.Key), map.OrderBy(pair => pair.Key));
            }
        }).QuickCheckThrowOnFailure();
    }

    /// <returns>How many were set before the model was full.</returns>
    private static int SetInModel<T>(Dictionary<int, T> model, int[] keys, T[] values)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            if (model.Count == MaxEntries && !model.ContainsKey(keys[i]))
            {
                return i;
            }

            model[keys[i]] = values[i];
        }

        return keys.Length;
    }

    private static void CheckArray<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var array = BpfArray<T>.Create("model_range", KeyCount);
        array.Map.HasBatches = batches ? null : false;
        var model = new T[KeyCount];
        Prop.ForAll(Gen.Choose(0, KeyCount).Zip(Gen.Choose(0, KeyCount)).ArrayOf().ToArbitrary(), ranges =>
        {
            foreach ((int one, int other) in ranges)
            {
                int from = Math.Min(one, other);
                int to = Math.Max(one, other);
                T[] values = [.. Enumerable.Range(one + (3 * other), to - from).Select(T.From)];
                array.WriteRange(from, values);
                values.CopyTo(model, from);
                var read = new T[KeyCount - from];
                array.ReadRange(from, read);
                Assert.Equal(model[from..], read);
            }

            Assert.Equal(model, array);
        }).QuickCheckThrowOnFailure();
    }
}
