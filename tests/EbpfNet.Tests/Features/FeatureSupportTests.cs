using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Features;
using EbpfNet.Kernel;

namespace EbpfNet.Tests.Features;

public class FeatureSupportTests
{
    [Theory]
    [InlineData(FeatureAnswer.Yes, null, FeatureState.Present, "yes")]
    [InlineData(FeatureAnswer.Yes, "it was tried", FeatureState.Present, "yes")]
    [InlineData(FeatureAnswer.No, null, FeatureState.Missing, "no")]
    [InlineData(FeatureAnswer.No, "built without it", FeatureState.Missing, "no: built without it")]
    [InlineData(FeatureAnswer.Inconclusive, "no right", FeatureState.Unknown, "not known: no right")]
    public void An_answer_has_one_state_and_says_why_it_is_not_yes(object answer, string? reason, FeatureState state, string text)
    {
        var support = new FeatureSupport(new FeatureFinding((FeatureAnswer)answer, reason));

        Assert.Equal(state, support.State);
        Assert.Equal(text, support.ToString());
        Assert.Equal((state == FeatureState.Present, state == FeatureState.Missing, state == FeatureState.Unknown), (support.IsPresent, support.IsMissing, support.IsUnknown));
    }

    [Fact]
    public void What_is_not_known_always_has_a_reason_and_what_was_never_asked_is_not_known()
    {
        Assert.NotNull(new FeatureSupport(FeatureAnswer.Inconclusive).Reason);
        Assert.True(default(FeatureSupport).IsUnknown);
    }

    [Fact]
    public void Every_feature_and_every_kind_of_type_has_a_probe()
    {
        Assert.All(Enum.GetValues<KernelFeature>(), feature => Assert.NotNull(SharedProbes.Of(feature)));
        Assert.All(Enum.GetValues<BtfKind>(), kind => Assert.NotNull(SharedProbes.Of(kind)));
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelFeatures.Has(default));
    }

    [Fact]
    public void A_forced_answer_is_seen_by_those_who_ask_for_the_feature()
    {
        using (KernelProbes.MmapableArrays.Override(false))
        {
            Assert.True(KernelFeatures.Has(KernelFeature.MmapableArrays).IsMissing);
        }

        using (InstructionProbes.V4.Override(null))
        {
            Assert.True(KernelFeatures.Has(KernelFeature.InstructionSetV4).IsUnknown);
        }

        using (InstructionProbes.BoundedLoops.Override(true))
        {
            Assert.True(KernelFeatures.Has(KernelFeature.BoundedLoops).IsPresent);
        }
    }

    [Fact]
    public void A_conclusive_answer_keeps_its_reason_until_it_is_to_be_asked_again()
    {
        var answers = new Queue<FeatureFinding>([FeatureFinding.Unknown("not yet"), new(FeatureAnswer.No, "built without it"), FeatureAnswer.Yes]);
        var probe = new FeatureProbe(answers.Dequeue);

        Assert.Equal(FeatureFinding.Unknown("not yet"), probe.Find());
        Assert.Equal(new FeatureFinding(FeatureAnswer.No, "built without it"), probe.Find());
        Assert.Equal(new FeatureFinding(FeatureAnswer.No, "built without it"), probe.Find());
        probe.Reset();
        Assert.Equal(FeatureAnswer.Yes, probe.Find().Answer);
    }

    // What kernels say of the same program: "call HELPER", with HELPER as given.
    private const string Before = "func#0 @0\n0: R1=ctx() R10=fp0\n0: (85) call {0}\n{1}\nprocessed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

    [Theory]
    [InlineData("unknown func {0}", "invalid func {0}")] // to Linux 6.10
    [InlineData("program of this type cannot use helper {0}", "invalid func {0}")]
    [InlineData("helper {0} is not for you", "helper {0} is nothing")] // some day
    public void A_refusal_is_recognised_in_whatever_words_the_kernel_puts_it(string refusal, string absence)
    {
        string refused = HelperProbes.Generalise(Say(refusal, "bpf_unspec#0"));
        string missing = HelperProbes.Generalise(Say(absence, "unknown#2147483647"));

        Assert.Equal((false, true), HelperProbes.Judge(Say(refusal, "bpf_skb_load_bytes#26"), missing, refused));
        Assert.Equal((true, false), HelperProbes.Judge(Say(absence, "unknown#208"), missing, refused));
        Assert.Equal((false, false), HelperProbes.Judge(Say("helper call might sleep in a non-sleepable prog", "bpf_copy_from_user#148"), missing, refused));
        Assert.Equal((false, false), HelperProbes.Judge(Say("cannot call GPL-restricted function from non-GPL compatible program", "bpf_probe_read#4"), missing, refused));
    }

    [Theory]
    [InlineData("calling kernel function {0} is not allowed")]
    [InlineData("kfunc {0}: permission denied")] // some day
    public void A_kernel_function_is_there_when_the_kernel_complains_of_something_else_than_of_one_that_is_not_for_programs(string refusal)
    {
        string refused = KernelFunctionProbes.Generalise(Say(refusal, "vfs_read#70123"), "vfs_read");

        Assert.Equal(FeatureAnswer.No, Judge(BpfErrno.EACCES, Say(refusal, "bpf_task_acquire#9")));
        Assert.Equal(FeatureAnswer.No, Judge(BpfErrno.EINVAL, Say("cannot find address for kernel function {0}", "bpf_task_acquire#9")));
        Assert.Equal(FeatureAnswer.Yes, Judge(BpfErrno.EACCES, Say("R1 pointer type STRUCT task_struct must point to scalar", "bpf_task_acquire#9")));
        Assert.Equal(FeatureAnswer.Yes, Judge(BpfErrno.None, ""));
        Assert.Equal(FeatureAnswer.Inconclusive, Judge(BpfErrno.EPERM, ""));

        FeatureAnswer Judge(BpfErrno error, string log) => KernelFunctionProbes.Judge(new TrialAnswer(error, log), "bpf_task_acquire", refused, BpfProgramType.Tracing).Answer;
    }

    [Fact]
    public void Where_the_kernel_has_one_sentence_for_both_it_is_a_refusal_that_another_hook_may_lift()
    {
        string general = HelperProbes.Generalise(Say("no {0} here", "bpf_unspec#0"));

        Assert.Equal((false, true), HelperProbes.Judge(Say("no {0} here", "bpf_bind#64"), general, general));
    }

    [Theory]
    [InlineData("none [integrity] confidentiality", KernelLockdown.Integrity)]
    [InlineData("[none] integrity confidentiality", KernelLockdown.None)]
    [InlineData("none integrity [confidentiality]", KernelLockdown.Confidentiality)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_lockdown_mode_is_the_one_in_brackets(string? text, KernelLockdown? mode) =>
        Assert.Equal(mode, KernelSettings.ParseLockdown(text));

    [Theory]
    [InlineData(BpfErrno.EBADF, FeatureAnswer.Yes)]
    [InlineData(BpfErrno.ENODEV, FeatureAnswer.Yes)]
    [InlineData(BpfErrno.EFAULT, FeatureAnswer.Yes)]
    [InlineData(BpfErrno.EINVAL, FeatureAnswer.No)]
    [InlineData(BpfErrno.EOPNOTSUPP, FeatureAnswer.No)]
    [InlineData(BpfErrno.EPERM, FeatureAnswer.Inconclusive)]
    [InlineData(BpfErrno.ENOMEM, FeatureAnswer.Inconclusive)]
    public void A_hook_is_there_when_the_kernel_complains_of_the_target(BpfErrno error, object answer) =>
        Assert.Equal(answer, AttachTypeProbes.JudgeTarget(error, default).Answer);

    [Fact]
    public void Every_type_of_program_that_does_not_depend_on_another_program_can_be_tried()
    {
        foreach (BpfProgramType type in Enum.GetValues<BpfProgramType>())
        {
            bool needsTarget = type is BpfProgramType.Tracing or BpfProgramType.Lsm or BpfProgramType.StructOps;
            Assert.Equal(type is BpfProgramType.Unspecified or BpfProgramType.Ext || needsTarget, ProgramForms.Of(type, null).Count == 0);
        }
    }

    private static string Say(string complaint, string helper) => Before.Replace("{1}", complaint, StringComparison.Ordinal).Replace("{0}", helper, StringComparison.Ordinal);
}
