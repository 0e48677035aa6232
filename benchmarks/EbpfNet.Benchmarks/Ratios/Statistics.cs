namespace EbpfNet.Benchmarks;

/// <summary>Medians, and how sure they are.</summary>
internal static class Statistics
{
    public static double Median(ReadOnlySpan<double> values)
    {
        double[] sorted = Sort(values);
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The order statistics that hold the median with 95% (normal approximation of the binomial).</summary>
    public static (double Low, double High) MedianInterval(ReadOnlySpan<double> values)
    {
        double[] sorted = Sort(values);
        double spread = 1.96 * Math.Sqrt(sorted.Length) / 2;
        int low = Math.Max(0, (int)Math.Floor((sorted.Length / 2.0) - spread));
        int high = Math.Min(sorted.Length - 1, (int)Math.Ceiling((sorted.Length / 2.0) + spread));
        return (sorted[low], sorted[high]);
    }

    private static double[] Sort(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted;
    }
}
