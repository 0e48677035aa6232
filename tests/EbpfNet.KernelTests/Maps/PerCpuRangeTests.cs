using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Many elements of per-CPU maps at once, with the kernel's batches and without.</summary>
public sealed class PerCpuRangeTests : KernelTest
{
    private const int KeyCount = 20;
    private const int MaxEntries = 12;

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
    public void Ranges_of_a_per_CPU_hash_table_do_what_a_dictionary_of_arrays_does(bool batches)
    {
        CheckHash<One>(batches);
        CheckHash<Twelve>(batches);
        CheckHash<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranges_of_a_per_CPU_array_do_what_spans_do(bool batches)
    {
        CheckArray<One>(batches);
        CheckArray<Twelve>(batches);
        CheckArray<Sixteen>(batches);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_done_before_a_failure_is_told(bool batches)
    {
        using var map = BpfPerCpuHashMap<int, uint>.Create("filled", 4);
        map.Map.HasBatches = batches ? null : false;
        int cpus = map.CpuCount;
        int[] keys = [.. Enumerable.Range(0, 7)];
        uint[] values = [.. keys.SelectMany(key => Enumerable.Range(key * 100, cpus)).Select(value => (uint)value)];

        Assert.Equal(4, Assert.Throws<BpfSyscallException>(() => map.SetRange(keys, values)).CompletedCount);
        Assert.Equal(4, map.Count);
        Assert.Equal(300u + (uint)cpus - 1, map[3, cpus - 1]);
        Assert.Equal(4, map.RemoveRange(keys));
    }

    [SkippableFact]
    public void Ranges_that_do_not_fit_are_refused_before_anything_is_done()
    {
        using var map = BpfPerCpuHashMap<int, ulong>.Create("range", 8);
        using var array = BpfPerCpuArray<ulong>.Create("range_array", 4);
        int cpus = map.CpuCount;

        Assert.Throws<ArgumentException>("perCpu", () => map.SetRange([1, 2], new ulong[(2 * cpus) - 1]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.WriteRange(2, new ulong[3 * cpus]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.ReadRange(-1, new ulong[cpus]));
        if (cpus > 1)
        {
            Assert.Throws<ArgumentException>("perCpu", () => array.ReadRange(0, new ulong[cpus + 1]));
        }

        array.ReadRange(4, []);
        map.SetRange([], []);
        Assert.Equal(0, map.CopyTo(new int[4], new ulong[cpus - 1]));
        Assert.Equal(0, map.TakeTo([], []));
        Assert.Equal(0, map.Count);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clearing_an_array_of_several_batches_leaves_zeroes_everywhere(bool batches)
    {
        using var array = BpfPerCpuArray<uint>.Create("long", 3000);
        using var plain = BpfArray<Twelve>.Create("long_plain", 3000);
        array.Map.HasBatches = plain.Map.HasBatches = batches ? null : false;
        array.WriteRange(0, [.. Enumerable.Repeat(7u, 3000 * array.CpuCount)]);
        plain.WriteRange(0, [.. Enumerable.Repeat(new Twelve(1, 2, 3), 3000)]);
        Assert.Equal(7u, array.Read(2999, array.CpuCount - 1));

        array.Clear();
        plain.Clear();

        var all = new uint[3000 * array.CpuCount];
        all.AsSpan().Fill(1);
        array.ReadRange(0, all);
        Assert.Equal(new uint[all.Length], all);
        Assert.All(plain, value => Assert.Equal(default, value));
    }

    [SkippableFact]
    public void Adding_what_is_there_is_refused()
    {
        using var map = BpfPerCpuHashMap<int, uint>.Create("adding", 4);
        var values = new uint[map.CpuCount];
        map.Add(1, values);
        Assert.Contains("is in map 'adding' already", Assert.Throws<ArgumentException>(() => map.Add(1, values)).Message, StringComparison.Ordinal);
        Assert.True(map.TryAddAll(2, 5));
        Assert.False(map.TryAddAll(2, 6));
        Assert.True(map.TryGetSum(2, out uint sum));
        Assert.Equal(5u * (uint)map.CpuCount, sum);
    }

    [SkippableFact]
    public void Sums_are_there_for_all_kinds_of_numbers()
    {
        Check<sbyte>(-3);
        Check<ushort>(300);
        Check<int>(-70_000);
        Check<uint>(70_000);
        Check<long>(-1L << 40);
        Check<ulong>(1UL << 40);
        Check<float>(0.5f);
        Check<double>(-1.25);
        Check(new Int128(1, 2));

        static void Check<T>(T value)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            using var array = BpfPerCpuArray<T>.Create("sums", 2);
            using var map = BpfPerCpuHashMap<int, T>.Create("sums_hash", 2);
            array.WriteAll(1, value);
            map.SetAll(9, value);
            T expected = T.Zero;
            for (int cpu = 0; cpu < array.CpuCount; cpu++)
            {
                expected += value;
            }

            Assert.Equal(expected, array.Sum(1));
            Assert.Equal(T.Zero, array.Sum(0));
            Assert.True(map.TryGetSum(9, out T sum));
            Assert.Equal(expected, sum);
            foreach (BpfPerCpuEntry<int, T> entry in map)
            {
                Assert.Equal(expected, entry.Sum());
            }
        }
    }

    private static void CheckHash<T>(bool batches)
        where T : unmanaged, ITestValue<T>
    {
        using var map = BpfPerCpuHashMap<int, T>.Create("model_range", MaxEntries);
        map.Map.HasBatches = batches ? null : false;
        int cpus = map.CpuCount;
        Arbitrary<(Operation What, int[] Keys, int Number)[]> operations = Gen.Elements(Operation.Set, Operation.Set, Operation.Remove, Operation.Copy, Operation.Take)
            .SelectMany(what => Gen.Choose(0, KeyCount - 1).ArrayOf().Zip(Gen.Choose(0, 15)), (what, rest) => (what, rest.Item1, rest.Item2))
            .ArrayOf().ToArbitrary();
        Prop.ForAll(operations, steps =>
        {
            map.Clear();
            var model = new Dictionary<int, T[]>();
            foreach ((Operation what, int[] keys, int number) in steps)
            {
                switch (what)
                {
                    case Operation.Set:
                        T[][] values = [.. keys.Select((key, i) => Enumerable.Range(key + (i * number), cpus).Select(T.From).ToArray())];
                        T[] all = [.. values.SelectMany(each => each)];
                        int fitting = SetInModel(model, keys, values);
                        if (fitting < keys.Length)
                        {
                            Assert.Equal(fitting, Assert.Throws<BpfSyscallException>(() => map.SetRange(keys, all)).CompletedCount);
                        }
                        else
                        {
                            map.SetRange(keys, all);
                        }

                        break;
                    case Operation.Remove:
                        Assert.Equal(keys.Count(model.Remove), map.RemoveRange(keys));
                        break;
                    default:
                        var foundKeys = new int[number + 1];
                        var found = new T[number * cpus];
                        int count = what == Operation.Copy ? map.CopyTo(foundKeys, found) : map.TakeTo(foundKeys, found);
                        Assert.Equal(Math.Min(number, model.Count), count);
                        Assert.Equal(count, foundKeys[..count].Distinct().Count());
                        Assert.Equal(foundKeys[..count].SelectMany(key => model[key]), found[..(count * cpus)]);
                        Array.ForEach(foundKeys[..count], key => _ = what == Operation.Take && model.Remove(key));
                        break;
                }

                Assert.Equal(model.Count, map.Count);
            }

            foreach (BpfPerCpuEntry<int, T> entry in map)
            {
                var values = new T[cpus];
                entry.CopyTo(values);
                Assert.Equal(model[entry.Key], values);
            }
        }).QuickCheckThrowOnFailure();
    }

    /// <returns>How many were set before the model was full.</returns>
    private static int SetInModel<T>(Dictionary<int, T[]> model, int[] keys, T[][] values)
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
        using var array = BpfPerCpuArray<T>.Create("model_range", KeyCount);
        array.Map.HasBatches = batches ? null : false;
        int cpus = array.CpuCount;
        var model = new T[KeyCount * cpus];
        Prop.ForAll(Gen.Choose(0, KeyCount).Zip(Gen.Choose(0, KeyCount)).ArrayOf().ToArbitrary(), ranges =>
        {
            foreach ((int one, int other) in ranges)
            {
                int from = Math.Min(one, other);
                int to = Math.Max(one, other);
                T[] values = [.. Enumerable.Range(one + (3 * other), (to - from) * cpus).Select(T.From)];
                array.WriteRange(from, values);
                values.CopyTo(model, from * cpus);
                var read = new T[(KeyCount - from) * cpus];
                array.ReadRange(from, read);
                Assert.Equal(model[(from * cpus)..], read);
            }
        }).QuickCheckThrowOnFailure();
    }
}
