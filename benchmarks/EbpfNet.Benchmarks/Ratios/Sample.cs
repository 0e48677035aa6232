namespace EbpfNet.Benchmarks;

/// <summary>What one turn of one side has cost.</summary>
/// <param name="Nanoseconds">Of one operation.</param>
/// <param name="Allocated">Managed bytes, of the whole turn.</param>
internal readonly record struct Sample(double Nanoseconds, long Allocated)
{
    /// <summary>Does work and takes the CPU time of this thread.</summary>
    public static Sample Of(Action<int> work, int operations)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Measure.ThreadTime();
        work(operations);
        long end = Measure.ThreadTime();
        return new Sample((double)(end - start) / operations, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }
}
