using System.Diagnostics;
using System.Diagnostics.Metrics;
using EbpfNet.Programs;
using ExampleHost;
using Microsoft.Extensions.Hosting;

namespace HttpMetrics;

/// <summary>Counts from its start to its end, and shows what it counts.</summary>
internal sealed class MeterService(RunOptions options, IMeterFactory meters, IHostApplicationLifetime lifetime) : BackgroundService
{
    private const int LooksPerTable = 4;

    private HttpMeter? _meter;

    /// <summary>What was counted since the start.</summary>
    public MeterReading Read() => (_meter ?? throw new InvalidOperationException("The service was not started.")).Read();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // From here until the meter is disposed, or the process ends in whatever way, HTTP is counted.
        _meter = HttpMeter.Start(options.Source, options.InterfaceName, new HttpMetricsOptions { Ports = options.Ports, CountClients = options.CountClients });
        MeterInstruments.Create(meters, Read);
        Console.WriteLine($"Counting HTTP in {(options.Source == MeterSource.Packets ? $"the packets of {options.InterfaceName}" : "what processes read and write")}. Ctrl+C ends it.");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        MeterTable table = new();
        using TableOutput output = TableOutput.ToConsole();
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1) / LooksPerTable);
        long start = Stopwatch.GetTimestamp();
        for (int look = 0; !StandardOutput.IsClosed && !stoppingToken.IsCancellationRequested; look++) // whoever reads it may have seen enough: head, for example
        {
            if (options.Source == MeterSource.Packets && !_meter!.IsAttached)
            {
                throw new UserErrorException($"Nothing is counted any more: interface {options.InterfaceName} is gone.");
            }

            if (look % LooksPerTable == 0)
            {
                TimeSpan time = Stopwatch.GetElapsedTime(start);
                output.Show(table.Render(Read(), time), time);
            }

            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // asked to stop: leaving detaches the program
        }

        lifetime.StopApplication();
    }

    public override void Dispose()
    {
        _meter?.Dispose();
        base.Dispose();
    }
}
