using System.Text;
using EbpfNet.Programs;
using HttpMetrics;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What is said to have made room for others.</summary>
public sealed class HttpEvictionTests
{
    private static readonly HttpSegment Asked = new() { Payload = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n") };

    [SkippableFact]
    public async Task While_connections_come_and_go_none_is_shown_as_evicted_and_no_total_falls()
    {
        Requires.Bpf();
        using HttpMetricsProgram program = LoadedFilter.Load();
        using HttpMeter meter = new(program);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(3));
        Task traffic = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                program.Run(Asked with { Flags = HttpSegment.Syn, Payload = [] }, Asked, Asked with { Flags = HttpSegment.Reset, Payload = [] });
            }
        });
        ulong before = 0;
        int readings = 0;
        while (!traffic.IsCompleted)
        {
            MeterReading reading = meter.Read();
            Assert.Equal((0L, 0L, 0L), (reading.EvictedConnections, reading.EvictedServices, reading.EvictedClosedConnections));
            Assert.InRange(reading.Totals.Requests, before, ulong.MaxValue);
            before = reading.Totals.Requests;
            readings++;
        }

        await traffic;
        Assert.True(readings > 20 && before > 100, $"{readings} readings of {before} requests tell nothing");
    }

    [SkippableFact]
    public void What_makes_room_is_counted_for_each_map_and_never_taken_back()
    {
        Requires.Bpf();
        const int Kept = 512, Connections = 3000;
        using HttpMetricsProgram program = LoadedFilter.Load(spec =>
        {
            spec.Connections.MaxEntries = Kept;
            spec.ClosedConnections.MaxEntries = Kept;
            spec.Services.MaxEntries = Kept;
        });
        using HttpMeter meter = new(program);
        for (ushort i = 1; i <= Connections; i++)
        {
            HttpSegment asked = Asked with { ClientPort = i, ServerPort = (ushort)(30_000 + i) };
            program.Run(asked);
            if (i > Connections / 2)
            {
                program.Run(asked with { Flags = HttpSegment.Reset, Payload = [] });
            }
        }

        MeterReading reading = meter.Read();
        HttpTotals totals = reading.Totals;
        Assert.Equal((ulong)Connections, totals.Requests);
        Assert.Equal(((ulong)Connections, (ulong)Connections, (ulong)Connections / 2), (totals.ConnectionsAdded, totals.ServicesAdded, totals.ClosedAdded));
        Assert.Equal(Connections - (long)totals.ConnectionsRemoved - program.CountConnections(), reading.EvictedConnections);
        Assert.Equal(Connections - reading.Services.Count, reading.EvictedServices);
        Assert.Equal((Connections / 2) - program.CountClosedConnections(), reading.EvictedClosedConnections);
        Assert.InRange(reading.EvictedConnections, (Connections / 2) - Kept, Connections / 2);
        Assert.InRange(reading.EvictedClosedConnections, (Connections / 2) - Kept, Connections / 2);

        program.Connections.Clear();
        Assert.InRange(meter.Read().EvictedConnections, reading.EvictedConnections, long.MaxValue);
        for (ushort i = 1; i <= Connections; i++)
        {
            program.Run(Asked with { ClientPort = i, ServerPort = (ushort)(30_000 + i), Flags = HttpSegment.Syn, Payload = [] }); // removes ends that are remembered
        }

        Assert.Equal(0, program.CountClosedConnections());
        Assert.Equal(reading.EvictedClosedConnections, meter.Read().EvictedClosedConnections);
    }
}
