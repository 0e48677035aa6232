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
