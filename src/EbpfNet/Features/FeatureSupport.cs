using EbpfNet.Features;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Whether the running kernel has a feature: yes, no, or not known.</summary>
/// <remarks>
/// "Not known" is neither: a program that needs the feature should try and look at the error, and one that can do without should. So
/// <see cref="IsPresent"/> is for features that are only used where they are surely there, <see cref="IsMissing"/> for what can only be done where they surely are not.
/// </remarks>
public readonly record struct FeatureSupport
{
    internal FeatureSupport(FeatureFinding finding)
    {
        State = (FeatureState)finding.Answer;
        Reason = State switch
        {
            FeatureState.Present => null,
            FeatureState.Unknown => finding.Reason ?? FeatureReasons.Unexplained(),
            _ => finding.Reason,
        };
    }

    /// <summary>What is known.</summary>
    public FeatureState State { get; }

    /// <summary>
    /// Why it is not known (a missing capability, the kernel's lockdown, the error code of the attempt), or why it is missing, where there is more to say than that the kernel
    /// does not know it; <see langword="null"/> else. A sentence without its full stop.
    /// </summary>
    public string? Reason { get; }

    /// <summary>Whether the kernel surely has it.</summary>
    public bool IsPresent => State == FeatureState.Present;

    /// <summary>Whether the kernel surely does not have it.</summary>
    public bool IsMissing => State == FeatureState.Missing;

    /// <summary>Whether it could not be found out; <see cref="Reason"/> says why.</summary>
    public bool IsUnknown => State == FeatureState.Unknown;

    /// <summary><c>yes</c>, <c>no</c> or <c>not known</c>, and the reason.</summary>
    public override string ToString()
    {
        string state = State switch
        {
            FeatureState.Present => "yes",
            FeatureState.Missing => "no",
            _ => "not known",
        };
        return Reason is null ? state : $"{state}: {Reason}";
    }
}
