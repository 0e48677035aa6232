using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Programs for functions of other programs. Kernels in lockdown load none; what is asked of them is looked at there, too.</summary>
public sealed unsafe class ProgramTargetTests : KernelTest
{
    private readonly BpfObject _target;

    public ProgramTargetTests() => _target = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));

    public override void Dispose()
    {
        _target.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("replacement", null, 2u)]
    [InlineData("replacement_of_anything", "replaceable", 3u)]
    public void A_replaced_function_is_the_replacement_while_it_is_attached(string program, string? function, uint expected)
    {
        Assert.Equal(1u, Run());

        using (BpfObject? replacement = LoadOrRefusal(program, function))
        {
            if (replacement is not null)
            {
                using BpfHandle link = Attach(replacement.Programs[program]);
                Assert.Equal(expected, Run());
            }
        }

        Assert.Equal(1u, Run());
    }

    [SkippableTheory]
    [InlineData("on_entry", "entered")]
    [InlineData("on_exit", "left")]
    public void A_watched_function_is_seen_whenever_it_is_called(string program, string counter)
    {
        using BpfObject? watching = LoadOrRefusal(program, null);
        if (watching is not null)
        {
            using BpfHandle link = Attach(watching.Programs[program]);
            Run();
            Run();
            Assert.Equal(2UL, watching.GetVariable<ulong>(counter).Value);
        }
    }

    [SkippableFact]
    public void The_kernel_is_told_the_function_by_its_place_in_the_other_programs_types()
    {
        BpfProgramSpec program = TestObjects.Read("program_targets").Programs["replacement"];
        program.SetTarget(_target.Programs["target"]);

        AttachTarget target = AttachTarget.Find(program, new TargetKernel(null))!.Value;

        Assert.Same(_target.Programs["target"], target.Program);
        Assert.Null(target.Module);
        Assert.Equal("replaceable", LoadedProgramTypes.Read(_target.Programs["target"]).Get<BtfFunction>(target.Id).Name);
    }

    [SkippableFact]
    public void A_function_that_the_other_program_does_not_have_is_named_with_those_it_has()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", "replacement");
        spec.Programs["replacement"].SetTarget(_target.Programs["target"], "replacable");

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => BpfObject.Load(spec));

        Assert.Equal(("replacable", "replacement"), (e.Symbol, e.Program));
        Assert.Contains("replaceable", e.Candidates);
    }

    [SkippableFact]
    public void Without_a_target_a_replacement_is_refused_with_what_to_do()
    {
        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(TestObjects.ReadOnly("program_targets", "replacement")));

        Assert.Contains("call Programs[\"replacement\"].SetTarget before loading", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_whose_section_names_no_function_is_refused_until_somebody_does()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", "replacement_of_anything");
        spec.Programs["replacement_of_anything"].SetTarget(_target.Programs["target"]);

        Assert.Contains("which function of program 'target'", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_programs_that_can_be_for_another_program_are()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", "target");
        spec.Programs["target"].SetTarget(_target.Programs["target"], "replaceable");

        Assert.Contains("freplace, fentry and fexit", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_target_without_types_is_refused_naming_it()
    {
        using FeatureProbe.Scope old = KernelProbes.FunctionInfo.Override(false);
        using BpfObject untyped = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", "replacement");
        spec.Programs["replacement"].SetTarget(untyped.Programs["target"]);

        Assert.Contains("program 'target'", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    private BpfObject? LoadOrRefusal(string program, string? function)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", program);
        spec.Programs[program].SetTarget(_target.Programs["target"], function);
        try
        {
            return BpfObject.Load(spec);
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EPERM)
        {
            // The kernel's answer to every program that would rewrite another's code.
            Assert.Contains("lockdown", e.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private uint Run() => _target.Programs["target"].TestRun(new BpfTestRun(new byte[64])).ReturnValue;

    private static BpfHandle Attach(BpfProgram program)
    {
        using BpfHandle.Lease fd = program.Handle.Acquire();
        var attribute = new LinkCreateAttribute { ProgFd = fd.Fd, AttachType = program.ExpectedAttachType };
        Assert.Equal(BpfErrno.None, BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link));
        return link!;
    }
}
