using System.Globalization;
using System.Text;

namespace EbpfNet.Btf;

/// <summary>Relocations in words, for messages.</summary>
internal static class CoreText
{
    /// <summary>What a relocation is about, as C programmers write it: <c>struct task_struct::mm.pgd</c>, <c>enum bpf_func_id::BPF_FUNC_loop</c>, <c>struct sock</c>.</summary>
    public static string Describe(CoreTypes local, in BtfCoreRelocation relocation, CorePath path)
    {
        var text = new StringBuilder(local.Spec.Describe(relocation.Type));
        for (int i = 0; i < path.Count; i++)
        {
            CoreStep step = path[i];
            if (!step.IsNamed)
            {
                text.Append(i == 0 && step.Index == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{step.Index}]"));
            }
            else
            {
                text.Append(i <= 1 ? "::" : ".").Append(NameOf(local, step));
            }
        }

        return text.ToString();
    }

    /// <summary>A candidate, and what is to be said about it.</summary>
    public static string DescribeCandidate(CoreCandidate candidate, string? remark)
    {
        string text = $"{candidate.Types.Spec.Describe(candidate.Id)} ({candidate.Id} of {candidate.Types.Name})";
        return remark is null ? text : $"{text} {remark}";
    }

    /// <summary>Why the candidate that was last looked at does not fit.</summary>
    public static string DescribeMismatch(CoreTypes local, CorePath wanted, CoreFieldMatcher matcher)
    {
        CoreStep step = wanted[matcher.FailedStep];
        return (step.IsNamed, matcher.IsIncompatible) switch
        {
            (true, false) => $"has no '{NameOf(local, step)}'",
            (true, true) => $"has a '{NameOf(local, step)}' of another kind of type",
            (false, false) => string.Create(CultureInfo.InvariantCulture, $"has no element {step.Index}"),
            (false, true) => "has no array there",
        };
    }

    private static string NameOf(CoreTypes types, CoreStep step)
    {
        BtfTypeView type = types.View(step.Type);
        return CoreTypes.Text(type.IsEnumeration ? type.EnumeratorName(step.Index) : type.MemberName(step.Index));
    }
}
