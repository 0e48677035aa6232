using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Of several programs that do the same, the first that this kernel takes is loaded; what else is wrong with one is not hidden.</summary>
public sealed class AlternativeTests : KernelTest
{
    [SkippableFact]
    public void The_first_is_taken_where_the_kernel_takes_it_and_no_other_is_loaded()
    {
        using BpfObject loaded = Load("passes", "at_tracepoint");

        BpfProgramChoice choice = Assert.Single(loaded.Choices);
        Assert.Equal("passes", choice.Taken);
        Assert.Empty(choice.PassedOver);
        Assert.Equal("passes", choice.ToString());
        Assert.Equal(["passes"], loaded.Programs.Names);
        Assert.Contains("an earlier one was taken", Assert.Throws<KeyNotFoundException>(() => loaded.Programs["at_tracepoint"]).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("at_missing_function")]
    [InlineData("at_missing_tracepoint")]
    public void What_attaches_to_something_that_the_kernel_does_not_have_is_passed_over(string missing)
    {
        using BpfObject loaded = Load(missing, "at_tracepoint");

        BpfProgramChoice choice = Assert.Single(loaded.Choices);
        Assert.Equal("at_tracepoint", choice.Taken);
        BpfPassedOverProgram passedOver = Assert.Single(choice.PassedOver);
        Assert.Equal(missing, passedOver.Program);
        Assert.IsType<BpfRelocationException>(passedOver.Error);
        Assert.Contains("ebpfnet_no_such", choice.ToString(), StringComparison.Ordinal);
        Assert.Contains("was passed over", Assert.Throws<KeyNotFoundException>(() => loaded.Programs[missing]).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_the_kernel_refuses_to_everybody_is_passed_over()
    {
        BpfException? alone = Record.Exception(() => BpfObject.Load(TestObjects.ReadOnly("alternatives", "at_function")).Dispose()) as BpfException;

        using BpfObject loaded = Load("at_function", "at_tracepoint");

        BpfProgramChoice choice = Assert.Single(loaded.Choices);
        Assert.Equal(alone is null ? "at_function" : "at_tracepoint", choice.Taken);
        if (alone is not null)
        {
            // This machine is in lockdown, where programs that rewrite kernel functions are not loaded.
            Assert.Equal(alone.Message, Assert.Single(choice.PassedOver).Error.Message);
            Assert.Contains("even the smallest, with EPERM", choice.PassedOver[0].Reason, StringComparison.Ordinal);
            Assert.Contains("lockdown", choice.ToString(), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void A_kind_that_the_kernel_does_not_know_is_passed_over()
    {
        BpfObjectSpec spec = TestObjects.Read("alternatives");
        spec.Programs["passes"].Type = (BpfProgramType)250;
        spec.Programs.FirstOf("passes", "at_tracepoint");

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Contains("even the smallest, with EINVAL", Assert.Single(loaded.Choices).PassedOver.Single().Reason, StringComparison.Ordinal);
        Assert.Equal(["at_tracepoint"], loaded.Programs.Names);
    }

    [SkippableFact]
    public void A_program_that_the_verifier_refuses_is_reported()
    {
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => Load("reads_too_far", "passes"));

        Assert.Equal("reads_too_far", e.Program);
        Assert.Contains("data_end", e.Report.Diagnosis, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("at_tracepoint", (ulong)Capabilities.Bpf, "CAP_PERFMON")]
    [InlineData("passes", (ulong)(Capabilities.Bpf | Capabilities.Perfmon), "CAP_NET_ADMIN")]
    [InlineData("passes", (ulong)Capabilities.None, "CAP_BPF")]
    [InlineData("at_function", (ulong)Capabilities.Bpf, "CAP_PERFMON")]
    public void A_missing_capability_is_reported(string first, ulong kept, string missing)
    {
        Skip.IfNot(OwnCapabilities.AreSplit, "this kernel has no CAP_BPF");

        Exception? thrown = WithoutCapabilities.Run(() => Load(first, first == "passes" ? "at_tracepoint" : "passes"), but: (Capabilities)kept);

        BpfSyscallException e = Assert.IsType<BpfSyscallException>(thrown);
        Assert.Equal(BpfErrno.EPERM, e.Error);
        Assert.Contains($"program '{first}'", e.Message, StringComparison.Ordinal);
        Assert.Contains(missing, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_is_wrong_with_a_program_before_the_kernel_sees_it_is_reported()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("exceptions_wrong");
        spec.Programs.FirstOf("names_nothing", "right");

        Assert.Equal("names_nothing", Assert.Throws<BpfRelocationException>(() => BpfObject.Load(spec)).Program);
        Assert.Throws<BpfNotSupportedException>(() => Load("at_nothing", "passes"));
    }

    [SkippableFact]
    public void What_is_wrong_with_one_that_is_not_needed_does_not_matter()
    {
        using BpfObject loaded = Load("passes", "at_nothing", "reads_too_far");

        Assert.Equal(["passes"], loaded.Programs.Names);
    }

    [SkippableFact]
    public void Where_none_is_taken_the_error_says_why_each_was_not()
    {
        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => Load("at_missing_function", "at_missing_tracepoint"));

        Assert.Contains("'at_missing_function', 'at_missing_tracepoint'", e.Message, StringComparison.Ordinal);
        Assert.Contains("ebpfnet_no_such_function", e.Message, StringComparison.Ordinal);
        Assert.Contains("ebpfnet_no_such_tracepoint", e.Message, StringComparison.Ordinal);
        Assert.IsType<BpfRelocationException>(e.InnerException);
    }

    [SkippableFact]
    public void One_that_is_turned_off_is_left_out_and_a_group_of_such_loads_nothing()
    {
        BpfObjectSpec spec = TestObjects.Read("alternatives");
        spec.Programs.FirstOf("passes", "at_tracepoint");
        spec.Programs["passes"].AutoLoad = false;
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Equal("at_tracepoint", loaded.Choices.Single().ToString());
            Assert.Contains("AutoLoad", Assert.Throws<KeyNotFoundException>(() => loaded.Programs["passes"]).Message, StringComparison.Ordinal);
        }

        spec.Programs["at_tracepoint"].AutoLoad = false;
        using BpfObject empty = BpfObject.Load(spec);
        Assert.Empty(empty.Choices);
        Assert.Empty(empty.Programs);
    }

    private static BpfObject Load(params string[] programs)
    {
        BpfObjectSpec spec = TestObjects.Read("alternatives");
        spec.Programs.FirstOf(programs);
        return BpfObject.Load(spec);
    }
}
