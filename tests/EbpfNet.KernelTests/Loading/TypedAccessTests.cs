using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Loading;

public sealed class TypedAccessTests : KernelTest
{
    [SkippableFact]
    public void Typed_views_see_what_the_program_does_to_each_kind_of_map()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));
        BpfProgram touch = loaded.Programs["touch_maps"];
        var pair = new PairKey { Left = 1, Right = 2 };

        // The two array kinds have every entry from the start.
        Assert.Equal(2u, touch.TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        BpfHashMap<PairKey, CounterValue> hash = loaded.GetHashMap<PairKey, CounterValue>("hash_map");
        Assert.Equal(1ul, hash[pair].Hits);
        hash[pair] = new CounterValue { Hits = 41 };
        Assert.Equal(7u, touch.TestRun(new BpfTestRun(new byte[64])).ReturnValue);

        Assert.Equal(42ul, hash[pair].Hits);
        Assert.Equal(2ul, loaded.GetHashMap<PairKey, CounterValue>("lru_hash_map")[pair].Hits);
        Assert.Equal(2ul, loaded.GetArray<CounterValue>("array_map")[1].Hits);
        Assert.Equal(2ul, loaded.GetLpmTrie<PrefixKey, CounterValue>("lpm_map")[Host(10, 1, 2, 3)].Hits);
        Assert.Equal(2ul, loaded.GetPerCpuArray<CounterValue>("percpu_array_map").Aggregate(1, Add).Hits);
        Assert.True(loaded.GetPerCpuHashMap<PairKey, CounterValue>("percpu_hash_map").TryAggregate(pair, Add, out CounterValue both));
        Assert.InRange(both.Hits, 1ul, 2ul); // One entry for all CPUs, each starting at 1 or 0.
    }

    [SkippableFact]
    public void Global_variables_are_alive_in_both_directions()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("globals"));
        BpfVariable<ulong> runs = loaded.GetVariable<ulong>("bss_runs");
        loaded.GetVariable<byte>("data_u8").Value = 17;

        loaded.Programs["copy_data_to_bss"].TestRun(new BpfTestRun(new byte[64]));

        Assert.Equal(1ul, runs.Value);
        Assert.Equal(17, loaded.GetVariable<byte>("bss_u8").Value);
        Assert.Equal(320000u, loaded.GetVariable<uint>("ro_u32").Value);
        Assert.True(loaded.Variables["ro_u32"].IsConstant);
        Assert.Equal((".bss", 8), (loaded.Variables["bss_runs"].SectionName, loaded.Variables["bss_runs"].Size));
        Assert.DoesNotContain("data_static", loaded.Variables.Names);
    }

    [SkippableFact]
    public void A_type_that_does_not_fit_is_refused_when_the_view_is_made()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));

        Assert.Throws<BpfLayoutException>(() => loaded.GetHashMap<PairKey, ulong>("hash_map"));
        Assert.Throws<ArgumentException>(() => loaded.GetArray<CounterValue>("hash_map"));
        Assert.Throws<KeyNotFoundException>(() => loaded.GetArray<CounterValue>("hush_map"));
    }

    [SkippableFact]
    public void A_variable_of_an_object_without_BTF_is_found_by_its_symbol()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("without_btf"));

        loaded.GetVariable<uint>("start").Value = 98;

        Assert.Equal(100u, loaded.Programs["without_btf"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }

    [SkippableFact]
    public void Variables_are_out_of_reach_once_the_object_is_disposed()
    {
        BpfObject loaded = BpfObject.Load(TestObjects.Read("globals"));
        BpfVariable<ulong> runs = loaded.GetVariable<ulong>("bss_runs");

        loaded.Dispose();

        Assert.Throws<ObjectDisposedException>(() => runs.Value);
        Assert.Throws<ObjectDisposedException>(() => loaded.Variables);
    }

    private static CounterValue Add(CounterValue left, CounterValue right) => new() { Hits = left.Hits + right.Hits };

    private static PrefixKey Host(params ReadOnlySpan<byte> address)
    {
        var key = new PrefixKey { Length = 32 };
        address.CopyTo(key.Address);
        return key;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PairKey
    {
        public uint Left;
        public uint Right;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CounterValue
    {
        public ulong Hits;
        public uint LastCpu;
        public uint Reserved;
    }

    [InlineArray(4)]
    private struct AddressBytes
    {
        private byte _first;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PrefixKey
    {
        public uint Length;
        public AddressBytes Address;
    }

    [SkippableFact]
    public void Maps_and_variables_may_be_disposed_while_others_use_them()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        for (int round = 0; round < 20; round++)
        {
            BpfObject loaded = BpfObject.Load(spec);
            BpfHashMap<int, long> map = BpfHashMap<int, long>.Create("disposed", 64);
            BpfVariable<ulong> variable = loaded.GetVariable<ulong>("data_u64");
            Action<int>[] uses = [i => map.Set(i % 64, i), i => _ = map.Count, i => map.TryGetValue(i % 64, out _), i => variable.Value = (ulong)i, i => _ = variable.Value];
            var ends = new Exception?[uses.Length];
            Thread[] threads =
            [
                .. uses.Select((use, n) => new Thread(() => ends[n] = Record.Exception(() => Repeat(use)))),
            ];
            Array.ForEach(threads, thread => thread.Start());
            Thread.Sleep(round % 5);

            map.Dispose();
            loaded.Dispose();

            Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(20))));
            Assert.All(ends, end => Assert.IsType<ObjectDisposedException>(end));
        }
    }

    private static void Repeat(Action<int> use)
    {
        for (int i = 0; ; i = (i + 1) & 0xFFFF)
        {
            use(i);
        }
    }
}
