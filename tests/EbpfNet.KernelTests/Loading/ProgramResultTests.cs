using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Every program of the test objects that can be run, loaded alone, returns what its source says (and what it returns when libbpf loads it).</summary>
public sealed class ProgramResultTests : KernelTest
{
    [SkippableTheory]
    [InlineData("callbacks", "loop", 45)]
    [InlineData("callbacks", "loop_with_subprogram", 14)]
    [InlineData("callbacks", "nested_loop", 15)]
    [InlineData("callbacks", "for_each_element", 400)]
    [InlineData("callbacks", "several_loops", 62)]
    [InlineData("endian_little", "endian", 0x55667787)]
    [InlineData("globals", "sum_of_rodata", 2105357383)]
    [InlineData("globals", "return_ro_u32", 320000)]
    [InlineData("globals", "copy_data_to_bss", 3)]
    [InlineData("instructions_v1", "arithmetic", 1585963969)]
    [InlineData("instructions_v2", "arithmetic", 1585963969)]
    [InlineData("instructions_v3", "arithmetic", 1585963969)]
    [InlineData("instructions_v4", "arithmetic", 1585963969)]
    [InlineData("instructions_v1", "comparisons", 119)]
    [InlineData("instructions_v2", "comparisons", 119)]
    [InlineData("instructions_v3", "comparisons", 119)]
    [InlineData("instructions_v4", "comparisons", 119)]
    [InlineData("instructions_v1", "loops", 45)]
    [InlineData("instructions_v2", "loops", 45)]
    [InlineData("instructions_v3", "loops", 45)]
    [InlineData("instructions_v4", "loops", 45)]
    [InlineData("instructions_v1", "atomics", 0)]
    [InlineData("instructions_v3", "atomics", 311)]
    [InlineData("instructions_v4", "atomics", 311)]
    [InlineData("licence_gpl", "gpl_only", 2)]
    [InlineData("licence_dual", "gpl_only", 2)]
    [InlineData("licence_mit", "any_licence", 1)]
    [InlineData("licence_none", "any_licence", 1)]
    [InlineData("long_names", "a_program_with_a_very_long_name_1", 6)]
    [InlineData("long_names", "a_program_with_a_very_long_name_2", 1)]
    [InlineData("maps_basic", "touch_maps", 2)]
    [InlineData("optional_sections", "on_request", 1)]
    [InlineData("rejected", "accepted", 2)]
    [InlineData("socket_filter", "keep_all", 50)]
    [InlineData("socket_filter", "keep_none", 0)]
    [InlineData("socket_filter", "first_byte", 0x45)]
    [InlineData("subprograms", "no_calls", 42)]
    [InlineData("subprograms", "one_call", 42)]
    [InlineData("subprograms", "calls_shared_twice", 52)]
    [InlineData("subprograms", "mixes_static_and_global", 39)]
    [InlineData("subprograms", "from_another_section", 42)]
    [InlineData("subprograms", "deep_chain", 8)]
    [InlineData("symbols", "symbols", 15)]
    [InlineData("symbols", "local_statics", 6)]
    [InlineData("without_btf", "without_btf", 42)]
    [InlineData("xdp_verdicts", "verdict_drop", (uint)XdpAction.Drop)]
    [InlineData("xdp_verdicts", "verdict_tx", (uint)XdpAction.Tx)]
    [InlineData("xdp_verdicts", "verdict_aborted", (uint)XdpAction.Aborted)]
    [InlineData("xdp_verdicts", "pass_frags", (uint)XdpAction.Pass)]
    public void A_program_returns_what_its_source_says(string objectName, string program, uint expected)
    {
        byte[] packet = new byte[64];
        packet[14] = 0x45;

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly(objectName, program));

        Assert.Equal(expected, loaded.Programs[program].TestRun(new BpfTestRun(packet)).ReturnValue);
    }

    [SkippableFact]
    public void A_raw_tracepoint_program_is_run_without_a_tracepoint()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_drop");
        spec.Programs["verdict_drop"].Type = BpfProgramType.RawTracepoint;
        spec.Programs["verdict_drop"].ExpectedAttachType = default;

        using BpfObject loaded = BpfObject.Load(spec);
        BpfProgram program = loaded.Programs["verdict_drop"];

        Assert.Equal((uint)XdpAction.Drop, program.TestRun(new BpfTestRun()).ReturnValue);
        Assert.Equal((uint)XdpAction.Drop, program.TestRun(new BpfTestRun { Cpu = 0, Context = new byte[8] }).ReturnValue);
        Assert.Contains("Raw tracepoint programs run once", Assert.Throws<BpfSyscallException>(() => program.TestRun(new BpfTestRun { Repeat = 2 })).Message, StringComparison.Ordinal);
    }
}
