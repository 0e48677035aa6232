using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Inspection;

/// <summary>What the kernel tells about programs, and counts.</summary>
public sealed class ProgramInfoTests : KernelTest
{
    [SkippableFact]
    public void A_programs_information_says_what_it_is_and_what_it_uses()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));
        BpfProgram program = loaded.Programs["touch_maps"];

        BpfProgramInfo info = program.GetInfo();

        Assert.Equal(("touch_maps", BpfProgramType.Xdp, program.Id), (info.KernelName, info.Type, info.Id));
        Assert.Equal(loaded.Maps.Where(map => !map.Name.StartsWith('.')).Select(map => map.Id).Order(), info.MapIds.Order());
        Assert.Matches("^[0-9a-f]{16}$", info.Tag);
        Assert.True(info.XlatedLength > 0 && info.XlatedLength % 8 == 0);
        Assert.True(info is { IsGplCompatible: true, CreatedByUser: 0, InterfaceIndex: 0, FunctionCount: 1 });
        Assert.NotEqual(0u, info.BtfId);
        Assert.NotEqual(0u, info.VerifiedInstructions);
        Assert.True(info.MemoryBytes >= 4096);
        Assert.InRange(info.LoadedAt!.Value, before - TimeSpan.FromSeconds(1), DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));
    }

    [SkippableFact]
    public void A_program_without_maps_or_types_says_so()
    {
        using BpfObject withoutTypes = BpfObject.Load(TestObjects.Read("without_btf"));
        using BpfObject withoutMaps = BpfObject.Load(TestObjects.ReadOnly("xdp_verdicts", "verdict_drop"));

        BpfProgramInfo untyped = withoutTypes.Programs["without_btf"].GetInfo();

        Assert.Equal((0u, 0u), (untyped.BtfId, untyped.FunctionCount));
        Assert.Empty(withoutMaps.Programs["verdict_drop"].GetInfo().MapIds);
    }

    [SkippableFact]
    public void Runs_are_counted_only_while_counting_is_on()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("socket_filter", "keep_all"));
        BpfProgram program = loaded.Programs["keep_all"];
        Run(program, 10);
        Skip.If(program.GetStats().RunCount != 0, "somebody has switched the counting on (kernel.bpf_stats_enabled)");

        using (BpfStats.Enable())
        {
            Run(program, 1000);
        }

        BpfProgramStats counted = program.GetStats();
        Assert.Equal(1000u, counted.RunCount);
        Assert.True(counted.RunTimeNanoseconds > 0 && counted.MeanNanoseconds > 0 && counted.RunTime > TimeSpan.Zero);
        Assert.Equal(counted, program.GetInfo().Stats);

        Run(program, 10);
        Assert.Equal(1000u, program.GetStats().RunCount);
    }

    [SkippableFact]
    public void A_duplicate_outlives_the_original()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("socket_filter", "keep_none"));
        using BpfProgram copy = loaded.Programs["keep_none"].Duplicate();

        loaded.Dispose();

        Assert.Equal(("keep_none", "socket"), (copy.Name, copy.SectionName));
        Assert.Equal(0u, copy.TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        Assert.Equal(copy.Id, copy.GetInfo().Id);
    }

    [SkippableFact]
    public void A_duplicate_is_attached_to_what_its_section_says()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("tracing", "renamed"));
        using BpfProgram copy = loaded.Programs["renamed"].Duplicate();

        using BpfLink link = copy.Attach();

        Assert.Equal("task_rename", Assert.IsType<RawTracepointLink>(link).TracepointName);
    }

    [SkippableFact]
    public void Everything_on_the_machine_is_found_with_what_was_just_loaded()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("socket_filter"));
        HashSet<uint> programs = [];
        foreach (BpfProgram program in BpfProgram.OpenAll())
        {
            using (program)
            {
                programs.Add(program.Id);
            }
        }

        HashSet<uint> maps = [];
        foreach (BpfMap map in BpfMap.OpenAll())
        {
            using (map)
            {
                maps.Add(map.Id);
            }
        }

        Assert.Superset(loaded.Programs.Select(program => program.Id).ToHashSet(), programs);
        Assert.Superset(loaded.Maps.Select(map => map.Id).ToHashSet(), maps);
    }

    [SkippableFact]
    public async Task Objects_that_vanish_during_an_enumeration_do_no_harm()
    {
        using CancellationTokenSource stop = new();
        Task loading = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                BpfObject.Load(TestObjects.ReadOnly("socket_filter", "keep_none")).Dispose();
            }
        });

        for (int i = 0; i < 50; i++)
        {
            foreach (BpfProgram program in BpfProgram.OpenAll())
            {
                program.Dispose();
            }

            foreach (BpfBtf types in BpfBtf.OpenAll())
            {
                types.Dispose();
            }
        }

        await stop.CancelAsync();
        await loading;
    }

    [SkippableFact]
    public void A_disposed_program_is_named_by_the_exception()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("socket_filter", "keep_none"));
        BpfProgram program = loaded.Programs["keep_none"];
        program.Dispose();

        Assert.Contains("keep_none", Assert.Throws<ObjectDisposedException>(program.GetInfo).Message, StringComparison.Ordinal);
    }

    private static void Run(BpfProgram program, int times) => program.TestRun(new BpfTestRun(new byte[64]) { Repeat = times });
}
