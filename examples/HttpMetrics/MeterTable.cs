using System.Globalization;
using System.Net.Sockets;
using ExampleHost;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace HttpMetrics;

/// <summary>Lays out what was counted as a table, with the rates since the table before.</summary>
internal sealed class MeterTable
{
    // With the lines around them they fit a terminal of 24 lines.
    private const int MostRows = 18;

    private static readonly int[] MinimumWidths = [21, 5, 9, 7, 9, 7, 7, 7, 7, 7, 7, 7, 7, 7];

    private Dictionary<HttpService, ulong> _previous = [];
    private TimeSpan _previousTime;

    /// <summary>The lines of the table, the first a heading: the busiest first, and how many there are besides.</summary>
    /// <param name="reading">What was counted.</param>
    /// <param name="time">When, on any steady clock.</param>
    internal IReadOnlyList<string> Render(MeterReading reading, TimeSpan time)
    {
        double seconds = (time - _previousTime).TotalSeconds;
        List<string[]> cells = [["client", "port", "requests", "per s", "2xx", "3xx", "4xx", "5xx", "piped", "avg ms", "min ms", "p50 ms", "p99 ms", "max ms"]];
        foreach ((HttpService service, HttpCounters counters) in reading.Services
            .OrderByDescending(row => row.Counters.Requests)
            .ThenBy(row => row.Service.Port)
            .ThenBy(row => row.Service.ClientAddress.AddressFamily == AddressFamily.InterNetworkV6)
            .ThenBy(row => row.Service.ClientAddress.ToString(), StringComparer.Ordinal)
            .Take(MostRows))
        {
            double rate = seconds > 0 ? (counters.Requests - Math.Min(_previous.GetValueOrDefault(service), counters.Requests)) / seconds : 0;
            cells.Add([
                service.IsClient != 0 ? $"{service.ClientAddress} (here)" : service.ClientAddress.ToString(),
                service.Port.ToString(CultureInfo.InvariantCulture),
                TextTable.Whole(counters.Requests),
                TextTable.Whole(rate),
                TextTable.Whole(counters.Responses[2]),
                TextTable.Whole(counters.Responses[3]),
                TextTable.Whole(counters.Responses[4]),
                TextTable.Whole(counters.Responses[5]),
                TextTable.Whole(counters.Pipelined),
                Milliseconds(counters.AverageLatency),
                Milliseconds(TimeSpan.FromMicroseconds(counters.LatencyMin / 1000.0)),
                Milliseconds(counters.LatencyPercentile(0.5)),
                Milliseconds(counters.LatencyPercentile(0.99)),
                Milliseconds(TimeSpan.FromMicroseconds(counters.LatencyMax / 1000.0)),
            ]);
        }

        _previous = reading.Services.ToDictionary(row => row.Service, row => row.Counters.Requests);
        _previousTime = time;
        HttpTotals totals = reading.Totals;
        return
        [
            .. TextTable.Align(cells, MinimumWidths),
            .. reading.Services.Count > MostRows ? [$"… and {TextTable.Whole(reading.Services.Count - MostRows)} more"] : (string[])[],
            $"in all {TextTable.Whole(totals.Requests)} requests, {TextTable.Whole(totals.Responses)} responses; {TextTable.Whole(totals.Gaps)} gaps, {TextTable.Whole(reading.PassedOver)} passed over; "
                + $"evicted {TextTable.Whole(reading.EvictedConnections)} connections, {TextTable.Whole(reading.EvictedServices)} rows, {TextTable.Whole(reading.EvictedClosedConnections)} ends",
        ];
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture);
}
