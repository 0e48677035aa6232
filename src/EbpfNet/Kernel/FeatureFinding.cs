namespace EbpfNet.Kernel;

/// <summary>An answer of the kernel's, and why it is no other.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Reason">A sentence without its full stop: why it is not known, or why not; <see langword="null"/> where there is no more to say.</param>
internal readonly record struct FeatureFinding(FeatureAnswer Answer, string? Reason = null)
{
    public static implicit operator FeatureFinding(FeatureAnswer answer) => new(answer);

    /// <summary>Not known, and why.</summary>
    public static FeatureFinding Unknown(string reason) => new(FeatureAnswer.Inconclusive, reason);
}
