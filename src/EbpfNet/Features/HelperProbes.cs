using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>
/// Which helpers programs of which types may call. A program that does nothing but call the helper, without the arguments it wants, is refused in any case; the question is what for.
/// Two calls that are surely refused, of a helper that no program may call and of one that does not exist, show how this kernel says so: whatever it says else, it knows the helper.
/// </summary>
internal sealed partial class HelperProbes
{
    private const int NoHelper = int.MaxValue; // A number that no kernel will ever give out.

    private readonly ConcurrentDictionary<ProgramForm, Refusals> _refusals = new();
    private readonly Lazy<KernelTargets?> _targets = new(KernelTargets.TryFind, LazyThreadSafetyMode.PublicationOnly);

    public FeatureFinding Try(BpfProgramType type, BpfHelper helper, FeatureFinding programType)
    {
        if (ExplainType(type, programType) is { } cannotBeAsked)
        {
            return cannotBeAsked;
        }

        IReadOnlyList<ProgramForm> forms = ProgramForms.Of(type, _targets.Value);
        FeatureFinding? unknown = forms.Count > 0 ? null : FeatureFinding.Unknown("the kernel has nothing in its types that such a program could be tried with");
        foreach (ProgramForm form in forms)
        {
            if (Find(form) is not { } refusals)
            {
                continue; // There are no such programs here.
            }

            (FeatureFinding finding, bool isFinal) = Try(form, helper, refusals);
            if (isFinal)
            {
                return finding;
            }

            unknown ??= finding.Answer == FeatureAnswer.Inconclusive ? finding : null;
        }

        return unknown ?? JudgeMissing(helper);
    }

    /// <summary>The answer for types that nothing can be called from, or for which that cannot be said.</summary>
    internal static FeatureFinding? ExplainType(BpfProgramType type, FeatureFinding programType) => programType.Answer switch
    {
        FeatureAnswer.No => new FeatureFinding(FeatureAnswer.No, "the kernel has no programs of this type"),
        FeatureAnswer.Inconclusive => programType,
        _ => type == BpfProgramType.Ext ? FeatureFinding.Unknown("an extension may call what the program that it extends may call") : null,
    };

    /// <summary>What a helper's refusal has in common with another's: all but names and numbers.</summary>
    internal static string Generalise(string log) => NamesAndNumbers().Replace(log, "");

    /// <summary>Whether a complaint says that there is no such helper, or not for this type.</summary>
    /// <param name="log">The complaint.</param>
    /// <param name="missing">How the kernel says that a helper does not exist.</param>
    /// <param name="refused">How it says that a program of this type may not call one.</param>
    internal static (bool IsMissing, bool IsRefused) Judge(string log, string missing, string refused)
    {
        string general = Generalise(log);
        bool isMissing = (general == missing && missing != refused) || log.Contains("invalid func ", StringComparison.Ordinal);
        return (isMissing, general == refused || log.Contains("unknown func ", StringComparison.Ordinal) || log.Contains("cannot use helper", StringComparison.Ordinal));
    }

    private static BpfInstruction[] Call(ProgramForm form, int helper) => form.Append(new BpfAssembler().CallHelper(helper));

    private static (FeatureFinding Finding, bool IsFinal) Try(ProgramForm form, BpfHelper helper, Refusals refusals)
    {
        if (refusals.Obstacle is { } obstacle)
        {
            return (obstacle, false);
        }

        TrialAnswer answer = ProgramTrial.Ask(form, Call(form, (int)helper));
        switch (answer.Error)
        {
            case BpfErrno.None or BpfErrno.EACCES: // What it says of arguments it says only of a helper that may be called.
                return (FeatureAnswer.Yes, true);
            case BpfErrno.EPERM:
            case var error when error.IsOfTheMoment():
                return (FeatureReasons.Inconclusive(answer.Error, RequiredCapabilities.OfProgram(form.Type)), false);
        }

        (bool isMissing, bool isRefused) = Judge(answer.Log, refusals.Missing, refusals.Refused);
        return isMissing ? (FeatureAnswer.No, true) : isRefused ? (FeatureAnswer.No, false) : (FeatureAnswer.Yes, true);
    }

    /// <summary>The kernel also hides helpers from those who may not use them.</summary>
    private static FeatureFinding JudgeMissing(BpfHelper helper) =>
        FeatureReasons.FindMissingCapabilities() is { } lack ? FeatureFinding.Unknown(lack)
        : helper is BpfHelper.ProbeWriteUser or BpfHelper.ProbeRead or BpfHelper.ProbeReadStr or BpfHelper.ProbeReadKernel or BpfHelper.ProbeReadKernelStr && SyscallErrors.ReadLockdown() is { } mode
            ? FeatureFinding.Unknown($"the kernel is in lockdown mode '{mode}', in which it hides helpers that reach memory")
        : FeatureAnswer.No;

    /// <returns><see langword="null"/> where this kernel takes no such program at all.</returns>
    private Refusals? Find(ProgramForm form)
    {
        if (_refusals.TryGetValue(form, out Refusals? known))
        {
            return known.IsOfNothing ? null : known;
        }

        TrialAnswer nothing = ProgramTrial.Ask(form, form.Nothing);
        if (nothing.Error is BpfErrno.EINVAL or BpfErrno.E2BIG)
        {
            _refusals[form] = new Refusals("", "", null, IsOfNothing: true);
            return null;
        }

        if (nothing.Error != BpfErrno.None)
        {
            FeatureFinding why = FeatureReasons.Inconclusive(nothing.Error, RequiredCapabilities.OfProgram(form.Type));
            return new Refusals("", "", why with { Reason = $"{why.Reason} ({form})" });
        }

        TrialAnswer missing = ProgramTrial.Ask(form, Call(form, NoHelper));
        TrialAnswer refused = ProgramTrial.Ask(form, Call(form, (int)BpfHelper.Unspecified));
        if (missing.Error != BpfErrno.EINVAL || refused.Error != BpfErrno.EINVAL)
        {
            BpfErrno error = missing.Error == BpfErrno.EINVAL ? refused.Error : missing.Error;
            return new Refusals("", "", FeatureReasons.Inconclusive(error, RequiredCapabilities.OfProgram(form.Type)));
        }

        return _refusals[form] = new Refusals(Generalise(missing.Log), Generalise(refused.Log), null);
    }

    [GeneratedRegex(@"\bbpf_\w+|\bunknown\b|[0-9]+")]
    private static partial Regex NamesAndNumbers();

    /// <param name="Missing">What the kernel says of a helper that does not exist, in general.</param>
    /// <param name="Refused">What it says of one that this program may not call.</param>
    /// <param name="Obstacle">Why it could not be found out.</param>
    /// <param name="IsOfNothing">Whether there are no such programs.</param>
    private sealed record Refusals(string Missing, string Refused, FeatureFinding? Obstacle, bool IsOfNothing = false);
}
