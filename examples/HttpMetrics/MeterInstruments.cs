using System.Diagnostics.Metrics;
using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace HttpMetrics;

/// <summary>
/// What was counted, for OpenTelemetry and whoever else listens to <see cref="Meter"/> (<c>dotnet-counters monitor --counters EbpfNet.HttpMetrics</c>). Each collection reads the kernel's counters once for each
/// instrument.
/// </summary>
internal static class MeterInstruments
{
    internal const string MeterName = "EbpfNet.HttpMetrics";

    private static readonly (string Name, double Part)[] Percentiles = [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)];

    internal static void Create(IMeterFactory meters, Func<MeterReading> read)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableCounter("http.requests", () => ForEach(read, counters => (long)counters.Requests), "{request}", "Requests that were seen.");
        meter.CreateObservableCounter("http.requests.pipelined", () => ForEach(read, counters => (long)counters.Pipelined), "{request}", "Requests that came before the response to the one before had begun.");
        meter.CreateObservableCounter("http.responses", () => Responses(read), "{response}", "Responses that were seen, by the class of their status.");
        meter.CreateObservableCounter("http.response.latency.count", () => ForEach(read, counters => (long)counters.Latencies), "{response}", "Responses whose latency was measured.");
        meter.CreateObservableCounter("http.response.latency.sum", () => ForEach(read, counters => Seconds(counters.LatencySum)), "s", "Their latencies: from a request's first byte to its response's.");
        meter.CreateObservableGauge("http.response.latency.min", () => ForEach(read, counters => Seconds(counters.LatencyMin)), "s", "The shortest.");
        meter.CreateObservableGauge("http.response.latency.max", () => ForEach(read, counters => Seconds(counters.LatencyMax)), "s", "The longest.");
        meter.CreateObservableGauge("http.response.latency.percentile", () => Latencies(read), "s", "What a part of them does not exceed.");
        meter.CreateObservableCounter("http.evictions", () => Evictions(read), "{entry}", "Connections, pairs of client and port, and ends of connections, that made room for others.");
    }

    private static IEnumerable<Measurement<T>> ForEach<T>(Func<MeterReading> read, Func<HttpCounters, T> value)
        where T : struct
        => read().Services.Select(row => new Measurement<T>(value(row.Counters), Tags(row.Service)));

    private static IEnumerable<Measurement<long>> Responses(Func<MeterReading> read)
    {
        foreach (HttpServiceCounters row in read().Services)
        {
            for (int status = 0; status < StatusClass.Count; status++)
            {
                if (row.Counters.Responses[status] > 0)
                {
                    yield return new Measurement<long>((long)row.Counters.Responses[status], [.. Tags(row.Service), new("http.response.status_class", StatusClass.NameOf(status))]);
                }
            }
        }
    }

    private static IEnumerable<Measurement<double>> Latencies(Func<MeterReading> read)
        => from row in read().Services
           from percentile in Percentiles
           select new Measurement<double>(row.Counters.LatencyPercentile(percentile.Part).TotalSeconds, [.. Tags(row.Service), new("quantile", percentile.Name)]);

    private static IEnumerable<Measurement<long>> Evictions(Func<MeterReading> read)
    {
        MeterReading reading = read();
        yield return new Measurement<long>(reading.EvictedConnections, new KeyValuePair<string, object?>("kind", "connection"));
        yield return new Measurement<long>(reading.EvictedServices, new KeyValuePair<string, object?>("kind", "service"));
        yield return new Measurement<long>(reading.EvictedClosedConnections, new KeyValuePair<string, object?>("kind", "end"));
    }

    private static KeyValuePair<string, object?>[] Tags(HttpService service)
        => [new("client.address", service.ClientAddress.ToString()), new("server.port", (int)service.Port), new("side", service.IsClient != 0 ? "client" : "server")];

    private static double Seconds(ulong nanoseconds) => nanoseconds / 1e9;
}
