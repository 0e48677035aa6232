using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>
/// Which functions of the kernel's programs of which types may call (kfuncs), found out as with helpers: the complaint about a function that no program may call shows how this kernel puts it.
/// </summary>
internal static class KernelFunctionProbes
{
    /// <summary>Functions that are not for programs; the first that the kernel has is taken.</summary>
    private static readonly string[] NotForPrograms = ["vfs_read", "do_nanosleep", "schedule"];

    public static FeatureFinding Try(BpfProgramType type, string function, FeatureFinding programType)
    {
        if (HelperProbes.ExplainType(type, programType) is { } cannotBeAsked)
        {
            return cannotBeAsked;
        }

        if (KernelTargets.TryFind() is not { } targets || KernelBtf.TryOpenRunning()?.Vmlinux is not { } types)
        {
            return FeatureFinding.Unknown("such functions are called by their type, and the kernel does not give its types (/sys/kernel/btf/vmlinux)");
        }

        uint id = KernelTargets.FindFirst(types, [function], BtfKind.Function);
        if (id == 0)
        {
            return new FeatureFinding(FeatureAnswer.No, "the kernel itself has no function of this name; those of modules are not looked for");
        }

        string forbidden = NotForPrograms.FirstOrDefault(name => name != function && KernelTargets.FindFirst(types, [name], BtfKind.Function) != 0) ?? "";
        uint forbiddenId = KernelTargets.FindFirst(types, [forbidden], BtfKind.Function);
        FeatureFinding result = FeatureFinding.Unknown("the kernel has nothing in its types that such a program could be tried with");
        bool isAsked = false;
        foreach (ProgramForm form in ProgramForms.Of(type, targets))
        {
            BpfErrno error = ProgramTrial.Try(form, form.Nothing);
            if (error != BpfErrno.None)
            {
                result = isAsked || error == BpfErrno.EINVAL ? result : FeatureReasons.Inconclusive(error, RequiredCapabilities.OfProgram(type));
                continue;
            }

            string refused = Generalise(ProgramTrial.Ask(form, Call(form, forbiddenId)).Log, forbidden);
            FeatureFinding finding = Judge(ProgramTrial.Ask(form, Call(form, id)), function, refused, type);
            if (finding.Answer == FeatureAnswer.Yes)
            {
                return finding;
            }

            result = isAsked && result.Answer == FeatureAnswer.Inconclusive ? result : finding;
            isAsked = true;
        }

        return result.Answer == FeatureAnswer.No && FeatureReasons.FindMissingCapabilities() is { } lack ? FeatureFinding.Unknown(lack) : result;
    }

    /// <summary>What the answer to a call means.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="function">The function that is called.</param>
    /// <param name="refused">How the kernel complains of a function that no program may call, in general.</param>
    /// <param name="type">The type of program that calls.</param>
    internal static FeatureFinding Judge(TrialAnswer answer, string function, string refused, BpfProgramType type) => answer switch
    {
        { Error: BpfErrno.None } => FeatureAnswer.Yes,
        { Error: BpfErrno.EPERM } or { Log.Length: 0 } => FeatureReasons.Inconclusive(answer.Error, RequiredCapabilities.OfProgram(type)),
        _ when answer.Error.IsOfTheMoment() => FeatureReasons.Inconclusive(answer.Error, RequiredCapabilities.OfProgram(type)),
        _ when Generalise(answer.Log, function) == refused => FeatureAnswer.No,
        _ when answer.Log.Contains("is not allowed", StringComparison.Ordinal) || answer.Log.Contains("cannot find address", StringComparison.Ordinal)
            || answer.Log.Contains("reserved fields", StringComparison.Ordinal) => FeatureAnswer.No,
        _ => FeatureAnswer.Yes,
    };

    internal static string Generalise(string log, string function) => HelperProbes.Generalise(function.Length > 0 ? log.Replace(function, "", StringComparison.Ordinal) : log);

    private static BpfInstruction[] Call(ProgramForm form, uint id) => form.Append(new BpfAssembler().CallKfunc((int)id));
}
