using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace HttpMetrics;

/// <summary>What was counted, in the text format that Prometheus reads (version 0.0.4).</summary>
internal static class PrometheusText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const int FlushAfter = 64 * 1024; // bytes

    private static readonly Family[] Families =
    [
        new("http_requests_total", "counter", "Requests that were seen.", (text, labels, counters) => Line(text, "http_requests_total", labels, counters.Requests)),
        new("http_pipelined_requests_total", "counter", "Requests that came before the response to the one before had begun.", (text, labels, counters) => Line(text, "http_pipelined_requests_total", labels, counters.Pipelined)),
        new("http_responses_total", "counter", "Responses that were seen, by the class of their status.", Responses),
        new("http_response_latency_seconds", "histogram", "From a request's first byte to its response's.", Histogram),
        new("http_response_latency_min_seconds", "gauge", "The shortest latency.", (text, labels, counters) => IfAnswered(text, "http_response_latency_min_seconds", labels, counters, counters.LatencyMin)),
        new("http_response_latency_max_seconds", "gauge", "The longest latency.", (text, labels, counters) => IfAnswered(text, "http_response_latency_max_seconds", labels, counters, counters.LatencyMax)),
    ];

    /// <summary>Writes it in pieces: with thousands of clients it is megabytes.</summary>
    internal static async Task WriteAsync(MeterReading reading, PipeWriter to, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        foreach (Family family in Families)
        {
            Heading(text, family.Name, family.Type, family.Help);
            foreach ((HttpService service, HttpCounters counters) in reading.Services)
            {
                family.Lines(text, string.Create(CultureInfo.InvariantCulture, $"client=\"{service.ClientAddress}\",port=\"{service.Port}\",side=\"{(service.IsClient != 0 ? "client" : "server")}\""), counters);
                if (text.Length > FlushAfter)
                {
                    await FlushAsync(text, to, cancellationToken);
                }
            }
        }

        HttpTotals totals = reading.Totals;
        Total(text, "http_all_requests_total", "Requests of all clients, evicted ones included.", totals.Requests);
        Total(text, "http_all_responses_total", "Responses to all clients, evicted ones included.", totals.Responses);
        Total(text, "http_gaps_total", "Places where bytes were missing that may have held messages.", totals.Gaps);
        Total(text, "http_unanswered_requests_total", "Requests whose responses were in a gap.", totals.Unanswered);
        Total(text, "http_unmatched_responses_total", "Responses to requests that were not seen.", totals.Unmatched);
        Total(text, "http_not_http_total", "Connections that were taken for HTTP and were not.", totals.NotHttp);
        Total(text, "http_passed_over_total", "Packets, or reads and writes, that were not looked at.", reading.PassedOver);
        Total(text, "http_evicted_connections_total", "Connections that made room for others.", (ulong)reading.EvictedConnections);
        Total(text, "http_evicted_services_total", "Pairs of client and port that made room for others.", (ulong)reading.EvictedServices);
        Total(text, "http_evicted_ends_total", "Ends of connections that made room for others.", (ulong)reading.EvictedClosedConnections);
        await FlushAsync(text, to, cancellationToken);
    }

    private static async Task FlushAsync(StringBuilder text, PipeWriter to, CancellationToken cancellationToken)
    {
        foreach (ReadOnlyMemory<char> piece in text.GetChunks())
        {
            Encoding.UTF8.GetBytes(piece.Span, to);
        }

        text.Clear();
        await to.FlushAsync(cancellationToken);
    }

    private static void Responses(StringBuilder text, string labels, HttpCounters counters)
    {
        for (int status = 0; status < StatusClass.Count; status++)
        {
            Line(text, "http_responses_total", $"{labels},class=\"{StatusClass.NameOf(status)}\"", counters.Responses[status]);
        }
    }

    private static void Histogram(StringBuilder text, string labels, HttpCounters counters)
    {
        if (counters.Latencies == 0)
        {
            return;
        }

        ReadOnlySpan<ulong> buckets = counters.Histogram;
        ulong sum = 0;
        for (int bucket = 0; bucket < buckets.Length - 1; bucket++)
        {
            sum += buckets[bucket];
            Line(text, "http_response_latency_seconds_bucket", string.Create(CultureInfo.InvariantCulture, $"{labels},le=\"{HttpCounters.BucketEndNanoseconds(bucket) / 1e9}\""), sum);
        }

        sum += buckets[^1];
        Line(text, "http_response_latency_seconds_bucket", $"{labels},le=\"+Inf\"", sum);
        Line(text, "http_response_latency_seconds_sum", labels, counters.LatencySum / 1e9);
        Line(text, "http_response_latency_seconds_count", labels, sum);
    }

    private static void IfAnswered(StringBuilder text, string name, string labels, HttpCounters counters, ulong nanoseconds)
    {
        if (counters.Latencies > 0)
        {
            Line(text, name, labels, nanoseconds / 1e9);
        }
    }

    private static void Total(StringBuilder text, string name, string help, ulong value)
    {
        Heading(text, name, "counter", help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Heading(StringBuilder text, string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line<T>(StringBuilder text, string name, string labels, T value)
        where T : IFormattable
        => text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");

    /// <summary>Figures of one name: what they are, and those of one client and port.</summary>
    private sealed record Family(string Name, string Type, string Help, Action<StringBuilder, string, HttpCounters> Lines);
}
