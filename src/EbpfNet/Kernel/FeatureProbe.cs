namespace EbpfNet.Kernel;

/// <summary>What trying a kernel feature out has shown.</summary>
internal enum FeatureAnswer
{
    /// <summary>The attempt failed for a reason that says nothing about the feature: a missing capability, no memory.</summary>
    Inconclusive = 0,

    /// <summary>The kernel does not have it.</summary>
    No = 1,

    /// <summary>The kernel has it.</summary>
    Yes = 2,
}

/// <summary>A question to the running kernel, answered by trying. A conclusive answer is kept for the life of the process; an inconclusive one is asked again.</summary>
/// <remarks>Two threads that ask at once may both try: trying leaves nothing behind, and the kernel tells both the same.</remarks>
internal sealed class FeatureProbe(Func<FeatureFinding> attempt)
{
    private static readonly FeatureFinding[] Forced = [FeatureFinding.Unknown("a test says so"), FeatureAnswer.No, FeatureAnswer.Yes];

    private static int _generation;

    private readonly AsyncLocal<FeatureAnswer?> _forced = new();
    private volatile FeatureAnswer _answer;
    private volatile int _answeredIn; // The generation that the answer is of.
    private string? _reason;

    public FeatureProbe(Func<FeatureAnswer> attempt)
        : this(() => new FeatureFinding(attempt()))
    {
    }

    /// <summary>The answer, tried out now unless it is known.</summary>
    public FeatureAnswer Answer => Find().Answer;

    /// <summary>Whether the kernel is known to have it: for features that are only used when they are surely there.</summary>
    public bool IsPresent => Answer == FeatureAnswer.Yes;

    /// <summary>Whether the kernel is known to lack it: for fallbacks that are only taken when nothing else can work.</summary>
    public bool IsMissing => Answer == FeatureAnswer.No;

    /// <summary>Whether the kernel is known to lack it already, without trying now: what can be left out from the start.</summary>
    public bool IsKnownMissing => (_forced.Value ?? Known) == FeatureAnswer.No;

    private FeatureAnswer Known => _answeredIn == Volatile.Read(ref _generation) ? _answer : FeatureAnswer.Inconclusive;

    /// <summary>The answer with its reason, tried out now unless it is known.</summary>
    public FeatureFinding Find()
    {
        if (_forced.Value is { } forced)
        {
            return Forced[(int)forced];
        }

        if (Known is var known and not FeatureAnswer.Inconclusive)
        {
            return new FeatureFinding(known, Volatile.Read(ref _reason));
        }

        int generation = Volatile.Read(ref _generation);
        FeatureFinding found = attempt();
        if (found.Answer != FeatureAnswer.Inconclusive)
        {
            Volatile.Write(ref _reason, found.Reason);
            _answer = found.Answer;
            _answeredIn = generation;
        }

        return found;
    }

    /// <summary>Asks again the next time.</summary>
    public void Reset() => _answer = FeatureAnswer.Inconclusive;

    /// <summary>Has all probes ask again the next time, whoever keeps them.</summary>
    public static void ResetAll() => Interlocked.Increment(ref _generation);

    /// <summary>The same question, not yet asked.</summary>
    public FeatureProbe Forget() => new(attempt);

    /// <summary>
    /// Makes the answer what a test needs until the scope is disposed, in this thread and in what it starts meanwhile;
    /// tests that run beside it keep the true one.
    /// </summary>
    /// <param name="answer">Yes, no, or <see langword="null"/> for inconclusive.</param>
    public Scope Override(bool? answer)
    {
        FeatureAnswer? before = _forced.Value;
        _forced.Value = answer switch
        {
            true => FeatureAnswer.Yes,
            false => FeatureAnswer.No,
            null => FeatureAnswer.Inconclusive,
        };
        return new Scope(this, before);
    }

    /// <summary>Puts back what <see cref="Override"/> replaced.</summary>
    internal sealed class Scope(FeatureProbe probe, FeatureAnswer? before) : IDisposable
    {
        public void Dispose() => probe._forced.Value = before;
    }
}
