using EbpfNet.Instructions;
using EbpfNet.Loading;
using EbpfNet.Objects;

namespace EbpfNet.KernelTests.Loading;

public sealed class VerifierRefusalTests : KernelTest
{
    [SkippableTheory]
    [InlineData("packet_out_of_bounds", "data_end")]
    [InlineData("missing_null_check", "register r0 may be NULL (the result of a map lookup)")]
    [InlineData("map_value_out_of_bounds", "a map value of 32 bytes is accessed at offset 56 over 8 bytes")]
    [InlineData("infinite_loop", "never ends")]
    [InlineData("uninitialised_register", "register r9 is read before anything was written")]
    [InlineData("uninitialised_stack", "stack")]
    [InlineData("wrong_helper_argument", "register r1 holds the program's context")]
    [InlineData("context_out_of_bounds", "nothing of 4 bytes at offset 256")]
    [InlineData("writes_to_context", "nothing of 4 bytes at offset 16")]
    public void A_refused_program_is_explained_with_its_source_line(string program, string diagnosis)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("rejected", program)));

        Assert.Equal(program, refused.Program);
        Assert.Contains(diagnosis, refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains("blame", refused.Report.SourceLine, StringComparison.Ordinal);
        Assert.Matches(@"rejected\.bpf\.c:\d+$", refused.Report.SourceLocation);
        Assert.NotNull(refused.Report.Instruction);
        Assert.NotEqual("", refused.Report.InstructionText);
        Assert.Contains("processed", refused.Report.Log, StringComparison.Ordinal);
        Assert.Contains(refused.Report.Diagnosis!, refused.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("rejected_more", "map_index_without_limit", "register r7 is used as an offset or a size and has no proven upper limit")]
    [InlineData("rejected_more", "map_index_below_zero", "which may be negative, is added to a pointer to a map value")]
    [InlineData("rejected_more", "packet_index_without_limit", "is added to a pointer to the packet")]
    [InlineData("rejected_more", "size_without_limit", "used as a size")]
    [InlineData("rejected_more", "no_return_value", "without a return value")]
    [InlineData("rejected_more", "wrong_return_value", "the program returns 2, and this hook allows only 0 to 1")]
    [InlineData("rejected_more", "too_many_instructions", "too complex")]
    [InlineData("rejected_more", "too_many_jumps", "too complex")]
    [InlineData("rejected_more", "unknown_helper", "this kernel does not have helper number 4711")]
    [InlineData("rejected_more", "helper_of_another_kind", "bpf_skb_load_bytes cannot be called from a program of type BPF_PROG_TYPE_XDP")]
    [InlineData("rejected_more", "unreleased_socket", "what instruction 9 (./tests/bpf/rejected_more.bpf.c:")]
    [InlineData("rejected_more", "unreleased_record", "what instruction 5 (./tests/bpf/rejected_more.bpf.c:")]
    [InlineData("rejected_more", "stack_too_large", "the stack is 512 bytes")]
    [InlineData("rejected_more", "stack_too_large_together", "on a call chain together use 608 bytes of stack", false)]
    [InlineData("rejected_more", "unreachable_instruction", "no path leads")]
    [InlineData("rejected_more", "possibly_null_argument", "register r3 may be NULL")]
    [InlineData("rejected_more", "writes_to_constant", "read-only for programs")]
    [InlineData("rejected_more", "lock_left_locked", "bpf_spin_lock is not left on every path")]
    [InlineData("rejected_more", "pointer_times_two", "register r1 is a pointer")]
    [InlineData("rejected_kfuncs", "of_another_kind", "the kernel function bpf_sock_destroy cannot be called")]
    [InlineData("rejected_kfuncs", "not_bound", "set the program's Device", false)]
    [InlineData("rejected_kfuncs", "wrong_argument", "struct task_struct")]
    [InlineData("rejected_kfuncs", "unreleased_task", "what instruction 1 (./tests/bpf/rejected_kfuncs.bpf.c:")]
    public void Every_other_mistake_is_explained_as_well(string name, string program, string diagnosis, bool hasPlace = true)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly(name, program)));

        Assert.Contains(diagnosis, refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Equal(hasPlace, refused.Report.Instruction is not null);
        Assert.Equal(hasPlace, refused.Report.SourceLine?.Contains("blame", StringComparison.Ordinal) ?? false);
    }

    [SkippableFact]
    public void The_refused_instruction_is_shown_as_text()
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("rejected", "packet_out_of_bounds")));

        Assert.Equal("r0 = *(u8 *)(r1 +12)", refused.Report.InstructionText);
    }

    [SkippableTheory]
    [InlineData("licence_mit", "'MIT'")]
    [InlineData("licence_none", "not declared")]
    public void A_helper_for_GPL_programs_is_refused_naming_the_licence(string name, string licence)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.Read(name)));
        Assert.Equal("gpl_only", refused.Program);
        Assert.Contains("GPL-compatible", refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains(licence, refused.Report.Diagnosis, StringComparison.Ordinal);

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly(name, "any_licence"));
        Assert.Single(loaded.Programs);
    }

    [SkippableFact]
    public void A_helper_that_the_program_type_may_not_call_is_named()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("socket_filter", "first_byte");
        spec.Programs["first_byte"].Type = EbpfNet.Abi.BpfProgramType.Xdp;

        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(spec));

        Assert.Contains("bpf_skb_load_bytes cannot be called from a program of type BPF_PROG_TYPE_XDP", refused.Report.Diagnosis, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_that_uses_a_map_that_was_not_created_is_told_which()
    {
        BpfObjectSpec spec = TestObjects.Read("maps_basic");
        spec.Maps["lru_hash_map"].AutoCreate = false;

        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(spec));

        Assert.Contains("map 'lru_hash_map', which was not created", refused.Report.Diagnosis, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_log_that_is_asked_for_is_kept_and_none_otherwise()
    {
        using BpfObject without = BpfObject.Load(TestObjects.Read("subprograms"));
        using BpfObject basic = BpfObject.Load(TestObjects.Read("subprograms"), new BpfLoadOptions { VerifierLogLevel = BpfVerifierLogLevel.Verbose });
        using BpfObject statistics = BpfObject.Load(TestObjects.Read("subprograms"), new BpfLoadOptions { VerifierLogLevel = BpfVerifierLogLevel.Statistics });

        Assert.All(without.Programs, program => Assert.Null(program.VerifierLog));
        Assert.All(basic.Programs, program => Assert.Contains("R10=fp0", program.VerifierLog, StringComparison.Ordinal));
        Assert.All(statistics.Programs, program => Assert.StartsWith("verification time", program.VerifierLog, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_log_is_read_to_its_end(bool isRefused)
    {
        using BpfProgram? program = LoadLong(isRefused, new BpfLoadOptions { VerifierLogLevel = BpfVerifierLogLevel.Verbose }, out BpfVerifierException? refused);

        string? log = isRefused ? refused!.Report.Log : program!.VerifierLog;
        Assert.True(log!.Length > 200_000, $"The log has {log.Length} characters.");
        Assert.Contains("processed 600", log, StringComparison.Ordinal);
        if (isRefused)
        {
            Assert.Equal(6000, refused!.Report.Instruction);
            Assert.Contains("register r9", refused.Report.Diagnosis, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void A_log_beyond_the_limit_hides_neither_success_nor_the_refusal()
    {
        var options = new BpfLoadOptions { VerifierLogLevel = BpfVerifierLogLevel.Verbose, LogBufferLimit = 4096 };

        using (BpfProgram? program = LoadLong(isRefused: false, options, out _))
        {
            Assert.InRange(program!.VerifierLog!.Length, 2000, 4095);
        }

        Assert.Null(LoadLong(isRefused: true, options, out BpfVerifierException? refused));
        Assert.NotEqual(BpfErrno.ENOSPC, refused!.Error);
        Assert.Contains("LogBufferLimit", refused.Report.Diagnosis, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_the_kernel_refuses_before_verifying_is_explained_without_a_log()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_pass");
        spec.Programs["verdict_pass"].Type = (EbpfNet.Abi.BpfProgramType)250;

        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(spec));

        Assert.Equal("BPF_PROG_LOAD", refused.Call);
        Assert.Equal(BpfErrno.EINVAL, refused.Error);
        Assert.Contains("program 'verdict_pass' (section 'xdp', program type 250", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>6000 instructions, then the end, or one that reads what nothing wrote.</summary>
    private static BpfProgram? LoadLong(bool isRefused, BpfLoadOptions options, out BpfVerifierException? refused)
    {
        BpfObjectSpec spec = TestObjects.Read("xdp_verdicts");
        var code = new BpfAssembler();
        for (int i = 0; i < 6000; i++)
        {
            code.Mov64(BpfRegister.R0, i);
        }

        if (isRefused)
        {
            code.Mov64(BpfRegister.R0, BpfRegister.R9);
        }

        code.Exit();
        var linked = new LinkedProgram
        {
            Program = spec.Programs["verdict_pass"],
            Instructions = code.ToArray(),
            Functions = [],
            Relocations = [],
            FuncInfos = [],
            LineInfos = [],
            CoreRelocations = [],
        };
        using var externs = new ExternTable(spec, options, new TargetKernel(null));
        var loader = new ProgramLoader(spec, options, default, new Dictionary<BpfMapSpec, BpfMap>(), externs);
        try
        {
            refused = null;
            return loader.Load(new PreparedProgram(linked, null, null));
        }
        catch (BpfVerifierException e)
        {
            refused = e;
            return null;
        }
    }
}
