using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using DemoNetwork;
using EbpfNet.Programs;
using HttpMetrics;
using Microsoft.Extensions.DependencyInjection;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What a listener to the meter sees, as OpenTelemetry's collector is one.</summary>
public sealed class MeterInstrumentsTests
{
    private const int Requests = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public async Task A_listener_sees_what_was_counted()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using PlainServer server = PlainServer.Start(host, IPAddress.Loopback);
        using HttpMeter meter = host.Run(() => HttpMeter.Start(MeterSource.Packets, "lo", new HttpMetricsOptions { Ports = [(ushort)server.Port] }));
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        MeterInstruments.Create(services.GetRequiredService<IMeterFactory>(), meter.Read);

        Assert.All(Collect(services), row => Assert.Equal(0, row.Value)); // evictions only: nobody has asked
        await server.AskAsync(Requests);
        long start = Stopwatch.GetTimestamp();
        while (meter.Read().Totals.Responses < Requests && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(10);
        }

        Dictionary<string, double> seen = Collect(services);
        string row = $"client.address=127.0.0.1 server.port={server.Port.ToString(CultureInfo.InvariantCulture)} side=server";
        int notFound = PlainServer.NotFoundOf(Requests);
        Assert.Equal(Requests, seen[$"http.requests {row}"]);
        Assert.Equal(0, seen[$"http.requests.pipelined {row}"]);
        Assert.Equal(Requests - notFound, seen[$"http.responses {row} http.response.status_class=2xx"]);
        Assert.Equal(notFound, seen[$"http.responses {row} http.response.status_class=4xx"]);
        Assert.Equal(2, seen.Keys.Count(name => name.StartsWith("http.responses ", StringComparison.Ordinal)));
        Assert.Equal(Requests, seen[$"http.response.latency.count {row}"]);
        double least = seen[$"http.response.latency.min {row}"], most = seen[$"http.response.latency.max {row}"], sum = seen[$"http.response.latency.sum {row}"];
        Assert.InRange(least, 0.001, most); // the request's second part comes a millisecond after its first
        Assert.InRange(sum, Requests * least, Requests * most);
        Assert.InRange(most, least, Stopwatch.GetElapsedTime(start).TotalSeconds + Patience.TotalSeconds);
        double before = least;
        foreach (string part in (string[])["0.5", "0.95", "0.99"])
        {
            double percentile = seen[$"http.response.latency.percentile {row} quantile={part}"];
            Assert.InRange(percentile, before, most);
            before = percentile;
        }

        Assert.Equal(0, seen["http.evictions kind=connection"]);
        Assert.Equal(0, seen["http.evictions kind=service"]);
        Assert.Equal(0, seen["http.evictions kind=end"]);
    }

    /// <summary>One collection: each measurement by its instrument and tags.</summary>
    private static Dictionary<string, double> Collect(ServiceProvider services)
    {
        Dictionary<string, double> seen = [];
        IMeterFactory factory = services.GetRequiredService<IMeterFactory>();
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == MeterInstruments.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add(Name(instrument, tags), value));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add(Name(instrument, tags), value));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }

    private static string Name(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}"))]);
}
