using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

public sealed class VariableTests : KernelTest
{
    private const int Size = 40;

    [SkippableTheory]
    [InlineData(BpfMapFlags.Mmapable)]
    [InlineData(BpfMapFlags.None)]
    public void Reading_sees_what_others_wrote_and_writing_is_seen_by_others(BpfMapFlags flags)
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".data", 1, flags);
        var counter = new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong));
        var flag = new BpfVariable<bool>(array.Map, "flag", 16, sizeof(bool));
        var triple = new BpfVariable<Twelve>(array.Map, "triple", 20, 12);
        Assert.Equal(flags == BpfMapFlags.Mmapable, counter.IsMapped);

        counter.Value = 42;
        flag.Value = true;
        triple.Value = new Twelve(1, 2, 3);
        Section seen = array[0];
        Assert.Equal((0ul, 42ul, 1u, new Twelve(1, 2, 3)), (seen.First, seen.Counter, seen.Flag, seen.Triple));

        array[0] = seen with { Counter = 43, Flag = 0, Triple = new Twelve(4, 5, 6) };
        Assert.Equal((43ul, false, new Twelve(4, 5, 6)), (counter.Value, flag.Value, triple.Value));
    }

    [SkippableFact]
    public void Additions_of_several_threads_all_count()
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".bss", 1, BpfMapFlags.Mmapable);
        var counter = new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong));
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                counter.Add(1);
            }
        });

        Assert.Equal(40_000ul, array[0].Counter);
    }

    [SkippableFact]
    public void A_lease_keeps_the_memory_when_the_map_is_disposed_meanwhile()
    {
        BpfArray<Section> array = BpfArray<Section>.Create(".data", 1, BpfMapFlags.Mmapable);
        var counter = new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong));
        using (BpfMapped<ulong> memory = counter.Map())
        {
            array.Dispose();
            Interlocked.Increment(ref memory.Value);
            Assert.Equal(1ul, memory.Span[0]);
        }

        Assert.Throws<ObjectDisposedException>(() => counter.Value);
        Assert.Throws<ObjectDisposedException>(() => new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong)).Value);
    }

    [SkippableTheory]
    [InlineData(BpfMapFlags.Mmapable)]
    [InlineData(BpfMapFlags.None)]
    public void A_constant_is_read_and_never_written(BpfMapFlags flags)
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".rodata", 1, flags | BpfMapFlags.ReadOnlyProgram);
        array[0] = new Section { Counter = 7 };
        Freeze(array.Map);
        var constant = new BpfVariable<ulong>(array.Map, "limit", 8, sizeof(ulong));

        Assert.True(constant.IsReadOnly);
        Assert.Equal(7ul, constant.Value);
        Assert.Contains("'limit' is a constant", Assert.Throws<InvalidOperationException>(() => constant.Value = 8).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => { using BpfMapped<ulong> memory = constant.Map(); });
        if (flags == BpfMapFlags.Mmapable)
        {
            using BpfMappedReadOnly<ulong> memory = constant.MapReadOnly();
            Assert.Equal(7ul, memory.Value);
        }
    }

    [SkippableFact]
    public void Without_shared_memory_there_is_no_access_by_reference()
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".data", 1);
        var counter = new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong));

        Assert.Contains("Linux 5.5", Assert.Throws<BpfNotSupportedException>(() => counter.Add(1)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_arrays_elements_are_read_and_written_one_by_one()
    {
        var builder = new BtfBuilder();
        BtfTypeId number = builder.AddInt("unsigned int", 4);
        BtfTypeId numbers = builder.AddTypedef("numbers_t", builder.AddArray(builder.AddArray(number, number, 3), number, 2));
        BtfTypeId variable = builder.AddVariable("numbers", numbers, BtfVariableLinkage.Global);
        using BpfArray<Section> array = BpfArray<Section>.Create(".data", 1, BpfMapFlags.Mmapable);
        using BpfMap map = BpfMap.FromHandle(array.Map.Handle.Duplicate("the map"), ".data", builder.ToSpec());
        var all = new BpfVariable<uint>(map, "numbers", 8, 24, variable);

        Assert.Equal(6, all.Length);
        all.Write(5, 99);
        Assert.Equal(99u, all.Read(5));
        Assert.Equal(99, array[0].Triple.C);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => all.Read(6));
        Assert.Throws<BpfLayoutException>(() => new BpfVariable<ulong>(map, "numbers", 8, 24, variable));
        using BpfMapped<uint> memory = all.Map();
        Assert.Equal([0, 0, 0, 0, 0, 99], memory.Span.ToArray());
    }

    [SkippableFact]
    public void A_type_of_another_size_is_refused()
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".data", 1, BpfMapFlags.Mmapable);

        Assert.Contains("variable 'counter'", Assert.Throws<BpfLayoutException>(() => new BpfVariable<uint>(array.Map, "counter", 8, 8)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfVariable<ulong>(array.Map, "counter", 36, 8));
    }

    [SkippableFact]
    public void Access_allocates_nothing()
    {
        using BpfArray<Section> array = BpfArray<Section>.Create(".data", 1, BpfMapFlags.Mmapable);
        var counter = new BpfVariable<ulong>(array.Map, "counter", 8, sizeof(ulong));
        counter.Value = counter.Value + 1;
        counter.Add(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            counter.Value = counter.Value + 1;
            counter.Add(1);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(20_002ul, counter.Value);
    }

    private static unsafe void Freeze(BpfMap map)
    {
        using BpfHandle.Lease fd = map.Handle.Acquire();
        var attribute = new MapElementAttribute { MapFd = fd.Fd };
        Assert.Equal(0, BpfSyscall.Invoke(BpfCommand.MapFreeze, &attribute));
    }

    [StructLayout(LayoutKind.Sequential, Size = Size)]
    private record struct Section
    {
        public ulong First { get; set; }

        public ulong Counter { get; set; }

        public uint Flag { get; set; }

        public Twelve Triple { get; set; }
    }
}
