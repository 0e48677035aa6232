using System.Globalization;

namespace EbpfNet.Benchmarks;

/// <summary>EbpfNet's cost against a peer's: the median of the rounds' ratios, with its 95% interval.</summary>
internal sealed record Ratio(double Median, double Low, double High)
{
    public static Ratio Of(ReadOnlySpan<double> inEbpfNet, ReadOnlySpan<double> inC)
    {
        double[] ratios = new double[inC.Length];
        for (int i = 0; i < ratios.Length; i++)
        {
            ratios[i] = inEbpfNet[i] / inC[i];
        }

        (double low, double high) = Statistics.MedianInterval(ratios);
        return new Ratio(Statistics.Median(ratios), low, high);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"**{Median:F3}** ({Low:F3}–{High:F3})");
}
