using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps;

/// <summary>What is said to who uses something after it was disposed.</summary>
public sealed class DisposedTests : KernelTest
{
    [SkippableFact]
    public void A_disposed_map_is_named()
    {
        var map = BpfHashMap<int, long>.Create("flows", 4);
        map.Dispose();

        Assert.All(
            (Action[])[() => map.Set(1, 2), () => map.TryGetValue(1, out _), () => map.Remove(1), () => _ = map.ToArray(), () => map.Map.Pin("/sys/fs/bpf/flows")],
            use => AssertNames(use, "EbpfNet.BpfMap", "map 'flows'"));
    }

    [SkippableFact]
    public void A_disposed_array_in_shared_memory_is_named()
    {
        var map = BpfArray<long>.Create("counters", 4, BpfMapFlags.Mmapable);
        map[0] = 1; // Maps the memory.
        map.Dispose();

        Assert.All(
            (Action[])[() => _ = map[0], () => map[0] = 1, () => map.Clear(), () => map.MapMemory().Dispose(), () => _ = map.IsMapped, () => map.Map.Freeze(), () => _ = map.ToArray()],
            use => AssertNames(use, "EbpfNet.BpfMap", "map 'counters'"));
    }

    [SkippableFact]
    public void A_disposed_array_that_was_never_mapped_is_named()
    {
        var map = BpfArray<long>.Create("counters", 4, BpfMapFlags.Mmapable);
        map.Dispose();

        Assert.All((Action[])[() => _ = map[0], () => _ = map.IsMapped], use => AssertNames(use, "EbpfNet.BpfMap", "map 'counters'"));
    }

    [SkippableFact]
    public void A_disposed_duplicate_and_a_disposed_template_are_named()
    {
        using var map = BpfHashMap<int, long>.Create("flows", 4);
        BpfMap duplicate = map.Map.Duplicate();
        duplicate.Dispose();

        AssertNames(() => duplicate.GetInfo(), "EbpfNet.BpfMap", "map 'flows'");
        AssertNames(() => BpfMapOfMaps<int>.Create("outer", 4, duplicate), "EbpfNet.BpfMap", "map 'flows'");
    }

    [SkippableFact]
    public void The_variables_of_a_disposed_object_name_their_section()
    {
        BpfObject loaded = BpfObject.Load(TestObjects.Read("user_ringbuf"));
        BpfVariable<ulong> flags = loaded.GetVariable<ulong>("flags");
        flags.Value = 0;
        string section = $"map '{loaded.Maps.Single(map => map.Name.EndsWith("bss", StringComparison.Ordinal)).Name}'";
        loaded.Dispose();

        AssertNames(() => _ = flags.Value, "EbpfNet.BpfMap", section);
        AssertNames(() => _ = flags.IsMapped, "EbpfNet.BpfMap", section);
    }

    [SkippableFact]
    public void A_disposed_program_is_named()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("xdp_verdicts"));
        BpfProgram program = loaded.Programs["verdict_pass"];
        program.Dispose();

        AssertNames(() => program.TestRun(new BpfTestRun(new byte[64])), "EbpfNet.BpfProgram", "program 'verdict_pass'");
        AssertNames(() => program.AttachXdp("lo"), "EbpfNet.BpfProgram", "program 'verdict_pass'");
    }

    private static void AssertNames(Action use, string type, string name)
    {
        ObjectDisposedException refused = Assert.Throws<ObjectDisposedException>(use);

        Assert.Equal(type, refused.ObjectName);
        Assert.StartsWith($"Cannot use {name}: it was disposed.", refused.Message, StringComparison.Ordinal);
    }
}
