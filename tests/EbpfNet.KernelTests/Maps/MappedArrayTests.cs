using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Arrays in memory that this process and programs share.</summary>
public sealed class MappedArrayTests : KernelTest
{
    private const int Length = 16;

    [SkippableFact]
    public void Elements_of_every_size_stand_where_programs_and_system_calls_have_them()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("mapped"));
        CheckWithProgram<One>(loaded, "bytes", (value, times) => new One((byte)(value.A + times)));
        CheckWithProgram<Three>(loaded, "odds", (value, times) => new Three((byte)(value.A + times), (byte)(value.B + times), (byte)(value.C + times)));
        CheckWithProgram<Four>(loaded, "words", (value, times) => new Four(value.A + times));
        CheckWithProgram<long>(loaded, "longs", (value, times) => value + times);
        CheckWithProgram<Twelve>(loaded, "triples", (value, times) => new Twelve(value.A + times, value.B + times, value.C + times));
        CheckWithProgram<Sixteen>(loaded, "pairs", (value, times) => new Sixteen(value.A + times, value.B + times));
    }

    [SkippableFact]
    public void A_lease_sees_what_a_program_writes_meanwhile_and_the_other_way()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("mapped"));
        using BpfMapped<ulong> longs = loaded.GetArray<ulong>("longs").MapMemory();
        ref ulong counter = ref longs[1];
        counter = 1000;
        for (ulong expected = 1000; expected < 1030; expected += 3)
        {
            Assert.Equal(expected, Volatile.Read(ref counter));
            Run(loaded, "count");
        }

        Assert.Equal(10ul, loaded.GetVariable<ulong>("runs").Value);
    }

    [SkippableFact]
    public void Additions_of_programs_and_of_threads_all_count()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("mapped"));
        BpfArray<uint> words = loaded.GetArray<uint>("words");
        BpfArray<ulong> longs = loaded.GetArray<ulong>("longs");
        const int Additions = 300_000;
        Parallel.Invoke(
            () => Run(loaded, "count", Additions),
            () =>
            {
                using BpfMapped<ulong> memory = longs.MapMemory();
                using BpfMapped<uint> small = words.MapMemory();
                for (int i = 0; i < Additions; i++)
                {
                    Interlocked.Add(ref memory[1], 5);
                    Interlocked.Increment(ref small[1]);
                }
            },
            () =>
            {
                for (int i = 0; i < Additions; i++)
                {
                    longs.Add(1, 7);
                    words.Add(1, 2);
                }
            });

        ulong runs = loaded.GetVariable<ulong>("runs").Value;
        Assert.True(runs >= Additions);
        Assert.Equal((3 * runs) + (12ul * Additions), longs[1]);
        Assert.Equal((uint)(runs + (3ul * Additions)), words[1]);
        Assert.Equal(0u, words[0] + words[2]);
    }

    [SkippableTheory]
    [InlineData(BpfMapFlags.Mmapable)]
    [InlineData(BpfMapFlags.None)]
    public void Single_additions_are_atomic_or_refused(BpfMapFlags flags)
    {
        using var ints = BpfArray<int>.Create("ints", 2, flags);
        using var longs = BpfArray<long>.Create("longs", 2, flags);
        if (flags == BpfMapFlags.None)
        {
            Assert.Contains("BPF_F_MMAPABLE", Assert.Throws<BpfNotSupportedException>(() => ints.Add(0, 1)).Message, StringComparison.Ordinal);
            Assert.Throws<BpfNotSupportedException>(() => longs.MapMemory().Dispose());
            Assert.Throws<BpfNotSupportedException>(() => longs.MapMemoryReadOnly().Dispose());
            Assert.False(ints.IsMapped);
            return;
        }

        Assert.True(ints.IsMapped);
        Assert.Equal(-5, ints.Add(1, -5));
        Assert.Equal(-4, ints.Add(1, 1));
        Assert.Equal(1L << 40, longs.Add(1, 1L << 40));
        Assert.Equal([0, -4], ints);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => ints.Add(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => longs.Add(-1, 1));
    }

    [SkippableFact]
    public void A_span_is_there_where_the_elements_have_no_gaps_and_refused_with_the_reason_elsewhere()
    {
        CheckSpan<One>(8, hasSpan: false);
        CheckSpan<Three>(8, hasSpan: false);
        CheckSpan<Four>(8, hasSpan: false);
        CheckSpan<long>(8, hasSpan: true);
        CheckSpan<Twelve>(16, hasSpan: false);
        CheckSpan<Sixteen>(16, hasSpan: true);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_may_not_be_written_is_mapped_for_reading_only(bool frozen)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("mapped"));
        BpfArray<ulong> array = loaded.GetArray<ulong>(frozen ? "longs" : "constants");
        if (frozen)
        {
            array[2] = 7;
            array.Map.Freeze();
            BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => array[2] = 8);
            Assert.Equal(BpfErrno.EPERM, refused.Error);
        }
        else
        {
            array[2] = 7; // By system call, which the kernel allows until the map is frozen.
        }

        Assert.Equal(7ul, array[2]);
        Assert.Contains("MapMemoryReadOnly", Assert.Throws<InvalidOperationException>(() => array.MapMemory().Dispose()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => array.Add(2, 1));
        using BpfMappedReadOnly<ulong> memory = array.MapMemoryReadOnly();
        Assert.Equal(7ul, memory[2]);
        Assert.Equal(7ul, memory.Span[2]);
        Assert.Equal(frozen ? 0u : 7u, Run(loaded, "increase"));
        if (!frozen)
        {
            array[3] = 8;
            Assert.Equal(8ul, memory[3]);
            array.Clear();
            Assert.Equal(0ul, memory[3]);
        }
    }

    [SkippableFact]
    public void A_lease_keeps_the_memory_when_the_array_is_disposed_meanwhile()
    {
        var array = BpfArray<ulong>.Create("leased", 1000, BpfMapFlags.Mmapable);
        using (BpfMapped<ulong> memory = array.MapMemory())
        {
            array.Dispose();
            memory.Span.Fill(9);
            Assert.Equal(9ul, Interlocked.Increment(ref memory[999]) - 1);
        }

        Assert.Throws<ObjectDisposedException>(() => array.MapMemory().Dispose());
        Assert.Throws<ObjectDisposedException>(() => array[0]);
        Assert.Throws<ObjectDisposedException>(() => array[0] = 1);
        Assert.Throws<ObjectDisposedException>(() => array.Add(0, 1));
        Assert.Throws<ObjectDisposedException>(() => array.ReadRange(0, new ulong[2]));
    }

    [SkippableFact]
    public void Access_to_mapped_elements_allocates_nothing()
    {
        using var array = BpfArray<ulong>.Create("noalloc", 64, BpfMapFlags.Mmapable);
        var copy = new ulong[64];
        ulong sum = 0;
        void Use()
        {
            array[1] = array[2] + 1;
            array.Add(3, 1);
            array.WriteRange(0, copy);
            array.ReadRange(0, copy);
            array.Clear();
            using BpfMapped<ulong> memory = array.MapMemory();
            foreach (ref ulong value in memory)
            {
                sum += value++;
            }

            foreach (ulong value in memory.Span)
            {
                sum += value;
            }
        }

        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Use();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(64ul * 10_001, sum);
    }

    private static uint Run(BpfObject loaded, string program, int repeat = 1) =>
        loaded.Programs[program].TestRun(new BpfTestRun(stackalloc byte[64]) { Repeat = repeat }).ReturnValue;

    private static void CheckWithProgram<T>(BpfObject loaded, string name, Func<T, int, T> add)
        where T : unmanaged, IEquatable<T>
    {
        BpfArray<T> array = loaded.GetArray<T>(name);
        T[] model = [.. Enumerable.Range(0, Length).Select(i => add(default, (i * 15) + 1))];
        for (int i = 0; i < Length; i++)
        {
            array[i] = model[i];
        }

        Assert.Equal(model, ByCall<T>(array.Map));
        using BpfMapped<T> memory = array.MapMemory();
        Run(loaded, "increase", 2);
        for (int i = 0; i < Length; i++)
        {
            model[i] = add(model[i], 2);
            Assert.Equal(model[i], memory[i]);
            Assert.Equal(model[i], array[i]);
            memory[i] = model[i] = add(model[i], 1);
        }

        Run(loaded, "increase");
        T[] expected = [.. model.Select(value => add(value, 1))];
        var found = new T[Length];
        Assert.Equal(Length, array.CopyTo(found));
        Assert.Equal(expected, found);
        Assert.Equal(expected, array);
        Assert.Equal(expected, ByCall<T>(array.Map));

        array.WriteRange(3, model.AsSpan(5, 7));
        model.AsSpan(5, 7).CopyTo(expected.AsSpan(3));
        Assert.Equal(expected, ByCall<T>(array.Map));
        var some = new T[4];
        array.ReadRange(9, some);
        Assert.Equal(expected[9..13], some);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.ReadRange(13, some));

        int at = 0;
        foreach (ref T value in memory)
        {
            Assert.Equal(expected[at++], value);
            value = default;
        }

        Assert.Equal(Length, at);
        Assert.Equal(new T[Length], ByCall<T>(array.Map));
        array.WriteRange(0, expected);
        array.Clear();
        Assert.Equal(new T[Length], ByCall<T>(array.Map));
    }

    /// <summary>What the kernel says the elements are.</summary>
    private static unsafe T[] ByCall<T>(BpfMap map)
        where T : unmanaged
    {
        var values = new T[map.MaxEntries];
        fixed (T* start = values)
        {
            for (uint i = 0; i < map.MaxEntries; i++)
            {
                Assert.Equal(0, MapElements.Lookup(map.Handle, &i, start + i));
            }
        }

        return values;
    }

    private static unsafe void CheckSpan<T>(int stride, bool hasSpan)
        where T : unmanaged, IEquatable<T>
    {
        using var array = BpfArray<T>.Create("spans", 5, BpfMapFlags.Mmapable);
        using BpfMapped<T> memory = array.MapMemory();
        using BpfMappedReadOnly<T> reading = array.MapMemoryReadOnly();
        Assert.Equal((5, stride, 5, stride), (memory.Length, memory.Stride, reading.Length, reading.Stride));
        Exception? thrown = null;
        Exception? thrownReading = null;
        try
        {
            Assert.Equal(5, memory.Span.Length);
        }
        catch (NotSupportedException e)
        {
            thrown = e;
        }

        try
        {
            Assert.Equal(5, reading.Span.Length);
        }
        catch (NotSupportedException e)
        {
            thrownReading = e;
        }

        Assert.Equal(hasSpan, thrown is null);
        Assert.Equal(thrown?.Message, thrownReading?.Message);
        if (!hasSpan)
        {
            Assert.StartsWith($"The elements lie {stride} bytes apart", thrown!.Message, StringComparison.Ordinal);
            Assert.Contains($"{typeof(T).Name} has {sizeof(T)}", thrown.Message, StringComparison.Ordinal);
        }

        int walked = 0;
        foreach (ref readonly T value in reading)
        {
            Assert.Equal(default, value);
            walked++;
        }

        Assert.Equal(5, walked);
        Assert.True(System.Runtime.CompilerServices.Unsafe.AreSame(ref memory.Value, ref memory[0]));
        RequireRefused(memory, 5);
        RequireRefused(memory, -1);
    }

    private static void RequireRefused<T>(BpfMapped<T> memory, int index)
        where T : unmanaged
    {
        try
        {
            _ = memory[index];
        }
        catch (ArgumentOutOfRangeException e)
        {
            Assert.Equal(index, e.ActualValue);
            return;
        }

        Assert.Fail($"There is no element {index}.");
    }

    private readonly record struct Three(byte A, byte B, byte C);
}
