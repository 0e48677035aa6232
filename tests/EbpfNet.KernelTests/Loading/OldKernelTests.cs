using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What is left out for kernels that do not know it, forced here by the probes' answers.</summary>
public sealed class OldKernelTests : KernelTest
{
    [SkippableFact]
    public void Every_probe_finds_its_feature_on_a_kernel_of_today()
    {
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.ObjectNames.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.Btf.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.FunctionInfo.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.MmapableArrays.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.ExpectedAttachType.Answer);
    }

    [SkippableFact]
    public void Without_names_maps_and_programs_have_none_in_the_kernel()
    {
        using (Loaded named = Load("subprograms"))
        {
            Assert.Equal("one_call", named.InfoOf("one_call").Name.ToString());
        }

        using FeatureProbe.Scope old = KernelProbes.ObjectNames.Override(false);
        using Loaded nameless = Load("subprograms");
        Assert.Equal("", nameless.InfoOf("one_call").Name.ToString());
        Assert.Equal("", KernelObjects.GetInfo<MapInfoData>(nameless.Object.Maps[".bss"].Handle, "").Name.ToString());
        Assert.Equal("one_call", nameless.Object.Programs["one_call"].Name);
    }

    [SkippableFact]
    public void Without_BTF_maps_and_programs_have_no_types()
    {
        using (Loaded typed = Load("maps_basic"))
        {
            Assert.NotEqual(0u, typed.InfoOf("touch_maps").BtfId);
            Assert.NotEqual(0u, KernelObjects.GetInfo<MapInfoData>(typed.Object.Maps["hash_map"].Handle, "").BtfId);
        }

        using FeatureProbe.Scope old = KernelProbes.Btf.Override(false);
        using Loaded untyped = Load("maps_basic");
        Assert.Equal(0u, untyped.InfoOf("touch_maps").BtfId);
        Assert.Equal(0u, KernelObjects.GetInfo<MapInfoData>(untyped.Object.Maps["hash_map"].Handle, "").BtfId);
    }

    [SkippableFact]
    public void What_needs_BTF_says_so_where_the_kernel_takes_none()
    {
        using FeatureProbe.Scope old = KernelProbes.Btf.Override(false);

        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("callbacks", "loop")));

        Assert.Contains("The program is without BTF: this kernel takes no BTF at all", refused.Report.Diagnosis, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Programs_have_function_and_line_information_where_the_kernel_takes_it()
    {
        using (Loaded today = Load("subprograms"))
        {
            Assert.Equal(4u, today.InfoOf("calls_shared_twice").NrFuncInfo);
            Assert.NotEqual(0u, today.InfoOf("calls_shared_twice").NrLineInfo);
        }

        using FeatureProbe.Scope old = KernelProbes.FunctionInfo.Override(false);
        using Loaded without = Load("subprograms");
        Assert.Equal(0u, without.InfoOf("calls_shared_twice").NrFuncInfo);
        Assert.Equal(0u, without.InfoOf("calls_shared_twice").NrLineInfo);
    }

    [SkippableFact]
    public void Global_data_is_mappable_where_the_kernel_can()
    {
        using (Loaded today = Load("globals"))
        {
            Assert.True(today.Object.Maps[".data"].Flags.HasFlag(BpfMapFlags.Mmapable));
        }

        using FeatureProbe.Scope old = KernelProbes.MmapableArrays.Override(false);
        using Loaded without = Load("globals");
        Assert.False(without.Object.Maps[".data"].Flags.HasFlag(BpfMapFlags.Mmapable));
        Assert.Equal(320000u, without.Object.Programs["return_ro_u32"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }

    [SkippableFact]
    public void An_attach_type_that_the_kernel_need_not_know_is_left_out()
    {
        using FeatureProbe.Scope old = KernelProbes.ExpectedAttachType.Override(false);

        using Loaded loaded = Load("xdp_verdicts");

        Assert.Equal(5, loaded.Object.Programs.Count);
    }

    [SkippableFact]
    public void A_map_whose_types_the_kernel_refuses_is_made_without_them()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        spec.Maps["hash_map"].ValueSize = 40; // No longer what its BTF says.

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(40, loaded.Maps["hash_map"].ValueSize);
        Assert.Equal(0u, KernelObjects.GetInfo<MapInfoData>(loaded.Maps["hash_map"].Handle, "").BtfId);
        Assert.NotEqual(0u, KernelObjects.GetInfo<MapInfoData>(loaded.Maps["array_map"].Handle, "").BtfId);
    }

    [SkippableFact]
    public void A_perf_event_array_gets_an_entry_for_each_CPU()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        BpfMapSpec map = spec.Maps["untyped_map"];
        (map.Type, map.KeySize, map.ValueSize, map.MaxEntries) = (BpfMapType.PerfEventArray, 0, 0, 0);

        using BpfObject loaded = BpfObject.Load(spec);

        BpfMap made = loaded.Maps["untyped_map"];
        Assert.Equal((4, 4, (uint)PossibleCpus.Count), (made.KeySize, made.ValueSize, made.MaxEntries));
        Assert.Equal(0u, spec.Maps["untyped_map"].MaxEntries);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(63)] // Named by the object, not there: only a wish.
    public void A_NUMA_node_is_taken_where_it_exists(int node)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        spec.Maps["hash_map"].NumaNode = node;

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(node == 0, loaded.Maps["hash_map"].Flags.HasFlag(BpfMapFlags.NumaNode));
    }

    [SkippableFact]
    public void Maps_of_maps_and_program_arrays_are_filled_from_the_start()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_drop");
        var inner = new BpfMapSpec("inner", BpfMapType.Array, 4, 8, 1);
        spec.Maps.TryAdd("outer", new BpfMapSpec("outer", BpfMapType.ArrayOfMaps, 4, 4, 4) { InnerMap = inner, Slots = { new BpfMapSlot(2, inner) } });
        spec.Maps.TryAdd("inner", inner);
        spec.Maps.TryAdd("calls", new BpfMapSpec("calls", BpfMapType.ProgArray, 4, 4, 4) { Slots = { new BpfMapSlot(3, spec.Programs["verdict_drop"]) } });

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(loaded.Maps["inner"].Id, MapValues.ReadId(loaded.Maps["outer"], 2));
        Assert.Equal(loaded.Programs["verdict_drop"].Id, MapValues.ReadId(loaded.Maps["calls"], 3));
    }

    private static Loaded Load(string name) => new(BpfObject.Load(TestObjects.Read(name)));

    private sealed record Loaded(BpfObject Object) : IDisposable
    {
        public ProgramInfoData InfoOf(string program) => KernelObjects.GetInfo<ProgramInfoData>(Object.Programs[program].Handle, program);

        public void Dispose() => Object.Dispose();
    }
}
