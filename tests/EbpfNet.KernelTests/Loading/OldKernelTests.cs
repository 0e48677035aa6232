using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What is left out for kernels that do not know it, forced here by the probes' answers.</summary>
public sealed class OldKernelTests : KernelTest
{
    private static readonly FeatureProbe[] AllTypes =
    [
        BtfProbes.Functions, BtfProbes.DataSections, BtfProbes.GlobalFunctions, BtfProbes.Floats, BtfProbes.DeclTags, BtfProbes.TypeTags, BtfProbes.Enum64, BtfProbes.OptionalSections, BtfProbes.Attributes, BtfProbes.EmptySections,
    ];

    [SkippableFact]
    public void Every_probe_finds_its_feature_on_a_kernel_of_today()
    {
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.ObjectNames.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.Btf.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.FunctionInfo.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.MmapableArrays.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.ExpectedAttachType.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.ProbeReadKernel.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.GlobalData.Answer);
        Assert.Equal(FeatureAnswer.Yes, KernelProbes.AttachCookies.Answer);
        Version running = Environment.OSVersion.Version;
        Assert.Equal(
            (running < new Version(6, 9) ? BtfFeatures.OptionalSections : BtfFeatures.None) | (running < new Version(6, 15) ? BtfFeatures.Attributes : BtfFeatures.None),
            BtfProbes.FindMissing(BtfFeatures.All));
    }

    public static TheoryData<string> Objects => [.. Directory.GetFiles(TestObjects.Folder, "*.bpf.o").Select(path => Path.GetFileName(path)[..^".bpf.o".Length]).Where(HasTypes).Order(StringComparer.Ordinal)];

    [SkippableTheory]
    [MemberData(nameof(Objects))]
    public void The_kernel_takes_the_types_of_every_object_whatever_is_left_out_of_them(string name)
    {
        byte[]? types = ObjectBtf.Encode(TestObjects.Read(name));
        Assert.NotNull(types);
        foreach (FeatureProbe[] missing in (IEnumerable<FeatureProbe[]>)[.. AllTypes.Select(probe => (FeatureProbe[])[probe]), AllTypes])
        {
            FeatureProbe.Scope[] old = [.. missing.Select(probe => probe.Override(false))];

            using LoadedBtf loaded = BtfLoader.Load(types, name, KernelLog.DefaultLimit);

            Assert.True(loaded.Handle is not null, $"{loaded.Refusal}, without {BtfProbes.FindKnownMissing()}");
            Assert.Equal(BtfFeatures.None, BtfSanitizer.FindUsed(ReadBack(loaded.Handle)) & BtfProbes.FindKnownMissing());
            Array.ForEach(old, scope => scope.Dispose());
        }
    }

    [SkippableFact]
    public void Global_functions_are_verified_with_their_callers_where_the_kernel_cannot_do_it_alone()
    {
        using (Loaded today = Load("subprograms"))
        {
            Assert.True(BtfSanitizer.FindUsed(TypesOf(today, "mixes_static_and_global")).HasFlag(BtfFeatures.GlobalFunctions));
        }

        using FeatureProbe.Scope old = BtfProbes.GlobalFunctions.Override(false);
        using Loaded loaded = Load("subprograms");

        Assert.False(BtfSanitizer.FindUsed(TypesOf(loaded, "mixes_static_and_global")).HasFlag(BtfFeatures.GlobalFunctions));
        Assert.Equal(39u, loaded.Object.Programs["mixes_static_and_global"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }

    [SkippableFact]
    public void Global_data_works_with_types_that_have_no_sections()
    {
        using FeatureProbe.Scope old = BtfProbes.DataSections.Override(false);

        using Loaded loaded = Load("globals");

        Assert.NotEqual(0u, loaded.InfoOf("return_ro_u32").BtfId);
        Assert.Equal(320000u, loaded.Object.Programs["return_ro_u32"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        Assert.Equal(320000u, loaded.Object.GetVariable<uint>("ro_u32").Value);
    }

    [SkippableFact]
    public void Memory_is_read_with_the_older_helper_where_the_kernel_has_just_that()
    {
        using FeatureProbe.Scope old = KernelProbes.ProbeReadKernel.Override(false);
        var helpers = new List<int>();
        var options = new BpfLoadOptions { OnLoadingProgram = (_, code) => helpers.AddRange(code.ToArray().Where(one => one.IsHelperCall).Select(one => one.Immediate)) };

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("core_kernel", "ask"), options);

        Assert.Contains((int)BpfHelper.ProbeRead, helpers);
        Assert.DoesNotContain((int)BpfHelper.ProbeReadKernel, helpers);
    }

    [SkippableFact]
    public void Sections_that_the_kernel_cannot_hold_are_a_matter_of_the_programs_that_use_them()
    {
        using FeatureProbe.Scope old = KernelProbes.GlobalData.Override(false);
        BpfObjectSpec spec = TestObjects.ReadOnly("globals", "return_ro_u32");
        spec.Maps[".rodata"].Flags |= (BpfMapFlags)(1u << 31); // As kernels before 5.2 say of the flag that it is read-only for programs.

        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(spec));

        Assert.Contains("'.rodata', which was not created", refused.Report.Diagnosis, StringComparison.Ordinal);
        foreach (BpfProgramSpec program in spec.Programs)
        {
            program.AutoLoad = false;
        }

        using BpfObject without = BpfObject.Load(spec);
        Assert.DoesNotContain(".rodata", without.Maps.Names);
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

    private static bool HasTypes(string name) => !name.StartsWith("without_btf", StringComparison.Ordinal) && !name.StartsWith("legacy", StringComparison.Ordinal) && name is not (
        "endian_big" // another byte order
        or "jump_tables" // has a function whose parameter has no name: no kernel takes that
        or "map_fields"); // fields of graphs need their tags, and no kernel has the one without the other

    private static BtfSpec TypesOf(Loaded loaded, string program)
    {
        using BpfHandle types = KernelObjects.OpenById(BpfCommand.BtfGetFdById, loaded.InfoOf(program).BtfId, "types");
        return ReadBack(types);
    }

    /// <summary>What the kernel has of types that it was given.</summary>
    private static unsafe BtfSpec ReadBack(BpfHandle types)
    {
        var info = default(BtfInfoData);
        Assert.Equal(BpfErrno.None, KernelObjects.TryGetInfo(types, ref info));
        byte[] bytes = new byte[info.BtfSize];
        fixed (byte* data = bytes)
        {
            info = new BtfInfoData { Btf = data, BtfSize = (uint)bytes.Length };
            Assert.Equal(BpfErrno.None, KernelObjects.TryGetInfo(types, ref info));
        }

        return BtfSpec.Parse(bytes);
    }

    private static Loaded Load(string name) => new(BpfObject.Load(TestObjects.Read(name)));

    private sealed record Loaded(BpfObject Object) : IDisposable
    {
        public ProgramInfoData InfoOf(string program) => KernelObjects.GetInfo<ProgramInfoData>(Object.Programs[program].Handle, program);

        public void Dispose() => Object.Dispose();
    }
}
