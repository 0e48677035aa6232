using System.Globalization;

namespace TcpProxy;

/// <summary>What was measured of each way, round by round, and the table of medians.</summary>
internal sealed class SoakResults
{
    private readonly Dictionary<SoakWay, List<Round>> _rounds = [];

    public void Add(SoakWay way, Round round)
    {
        if (!_rounds.TryGetValue(way, out List<Round>? rounds))
        {
            _rounds.Add(way, rounds = []);
        }

        rounds.Add(round);
    }

    /// <summary>The medians, as a table for a page; beside the rates, how many times HAProxy's they are.</summary>
    public string Table()
    {
        Round? other = _rounds.TryGetValue(SoakWay.HaProxy, out List<Round>? rounds) ? Medians(rounds) : null;
        IEnumerable<string> lines = _rounds.Select(way =>
        {
            Round median = Medians(way.Value);
            string connections = $"{median.ConnectionsPerSecond:N0}{Ratio(median.ConnectionsPerSecond, other?.ConnectionsPerSecond)}";
            string bytes = $"{median.BytesPerSecond / 1e6:N0}{Ratio(median.BytesPerSecond, other?.BytesPerSecond)}";
            return $"| {NameOf(way.Key)} | {connections} | {Number(median.ProcessorPerConnection * 1e6, "N0")} | {bytes} | {Number(median.ProcessorPerByte * 1e9, "N2")} | {median.Latency * 1e6:N0} |";
        });
        return string.Create(CultureInfo.InvariantCulture, $"""
            | Through | connections/s (× HAProxy) | CPU per connection, µs | MB/s each way (× HAProxy) | CPU per GB each way, s | there and back, µs |
            |---|---|---|---|---|---|
            {string.Join('\n', lines)}
            """);
    }

    public static string NameOf(SoakWay way) => way switch { SoakWay.Direct => "no proxy", SoakWay.HaProxy => "HAProxy", SoakWay.Splice => "TcpProxy --splice", _ => "TcpProxy" };

    private static string Ratio(double value, double? other) => other is { } its ? $" ({(value / its).ToString("N2", CultureInfo.InvariantCulture)})" : "";

    private static string Number(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static Round Medians(List<Round> rounds) => new(
        Median(rounds, round => round.ConnectionsPerSecond),
        Median(rounds, round => round.ProcessorPerConnection),
        Median(rounds, round => round.BytesPerSecond),
        Median(rounds, round => round.ProcessorPerByte),
        Median(rounds, round => round.Latency));

    private static double Median(List<Round> rounds, Func<Round, double> value)
    {
        double[] values = [.. rounds.Select(value).Order()];
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    /// <summary>One round of one way.</summary>
    /// <param name="ConnectionsPerSecond">How many short connections a second.</param>
    /// <param name="ProcessorPerConnection">Processor time of the proxy for each, in seconds; <see cref="double.NaN"/> without a proxy.</param>
    /// <param name="BytesPerSecond">How many bytes a second there, and as many back.</param>
    /// <param name="ProcessorPerByte">Processor time of the proxy for each, in seconds; <see cref="double.NaN"/> without a proxy.</param>
    /// <param name="Latency">How long one byte takes there and back over a connection, in seconds: the median.</param>
    internal sealed record Round(double ConnectionsPerSecond, double ProcessorPerConnection, double BytesPerSecond, double ProcessorPerByte, double Latency);
}
