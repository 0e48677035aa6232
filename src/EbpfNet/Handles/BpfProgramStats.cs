namespace EbpfNet;

/// <summary>How often a program has run, and how long it took: what the kernel has counted while <see cref="BpfStats"/> was on.</summary>
/// <param name="RunCount">How often it ran (<c>run_cnt</c>; Linux 5.1).</param>
/// <param name="RunTimeNanoseconds">How long it ran altogether, in nanoseconds (<c>run_time_ns</c>; Linux 5.1).</param>
/// <param name="RecursionMisses">How often it was passed over because it was running on that CPU already (<c>recursion_misses</c>; Linux 5.12). It is counted always.</param>
public readonly record struct BpfProgramStats(ulong RunCount, ulong RunTimeNanoseconds, ulong RecursionMisses)
{
    /// <summary>How long it ran altogether.</summary>
    public TimeSpan RunTime => TimeSpan.FromMicroseconds(RunTimeNanoseconds / 1000.0);

    /// <summary>The mean time of one run in nanoseconds; 0 when it never ran.</summary>
    public double MeanNanoseconds => RunCount == 0 ? 0 : (double)RunTimeNanoseconds / RunCount;
}
