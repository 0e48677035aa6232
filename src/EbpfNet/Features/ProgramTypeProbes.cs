using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which types of program the kernel has: each is tried with the smallest program of it.</summary>
internal static class ProgramTypeProbes
{
    /// <summary>Any type of the kernel's own: what stands for a target is not looked at before the type is.</summary>
    private const uint SomeType = 1;

    public static FeatureFinding Try(BpfProgramType type) => type == BpfProgramType.Unspecified ? FeatureAnswer.No : Try(type, KernelTargets.TryFind());

    private static FeatureFinding Try(BpfProgramType type, KernelTargets? targets)
    {
        bool isForTarget = type is BpfProgramType.Tracing or BpfProgramType.Lsm or BpfProgramType.StructOps or BpfProgramType.Ext;
        if (isForTarget && targets is null)
        {
            return FeatureFinding.Unknown("programs of this type name what they attach to by its type, and the kernel does not give its types (/sys/kernel/btf/vmlinux)");
        }

        TrialAnswer answer = default;
        foreach (ProgramForm form in ProgramForms.Of(type, targets).Take(1).DefaultIfEmpty(new ProgramForm(type, Target: isForTarget ? SomeType : 0)))
        {
            answer = ProgramTrial.Ask(form, form.Nothing);
        }

        if (isForTarget && answer.Error != BpfErrno.None && answer.Log.Length == 0)
        {
            // The program may be refused for what it attaches to; one for something that nothing can be attached to gets as far as the verifier, if there is such a type.
            var form = new ProgramForm(type, type == BpfProgramType.Tracing ? BpfAttachType.TraceFentry : type == BpfProgramType.Lsm ? BpfAttachType.LsmMac : default, Target: SomeType);
            TrialAnswer misplaced = ProgramTrial.Ask(form, form.Nothing);
            answer = misplaced.Log.Length > 0 || misplaced.Error == BpfErrno.ENOTSUPP ? misplaced : answer;
        }

        return Judge(type, answer);
    }

    /// <summary>The verifier only looks at programs of types that there are.</summary>
    private static FeatureFinding Judge(BpfProgramType type, TrialAnswer answer) => answer switch
    {
        { Error: BpfErrno.None } or { Log.Length: > 0 } or { Error: BpfErrno.ENOTSUPP } => FeatureAnswer.Yes,
        { Error: BpfErrno.EINVAL or BpfErrno.E2BIG } when ProgramTrial.Try(ProgramForm.Plain, ProgramForm.Plain.Nothing) == BpfErrno.None => FeatureAnswer.No,
        _ => FeatureReasons.Inconclusive(answer.Error, RequiredCapabilities.OfProgram(type)),
    };
}
