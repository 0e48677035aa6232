using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using Microsoft.Extensions.Hosting;
using static EbpfNet.Programs.TcpRttProgram;

namespace TcpRtt;

/// <summary>Writes a line for each connection that is closed, from its start to its end.</summary>
internal sealed class RttService(RunOptions options, IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly TimeSpan LookAtReader = TimeSpan.FromMilliseconds(250);

    private const int RecordsPerWrite = 1024;

    private readonly ConnectionWriter _writer = new(options.Output, options.Json);
    private TcpRttProgram? _program;
    private BpfLink? _link;
    private long _lost;

    /// <summary>The loaded program.</summary>
    public TcpRttProgram Program => _program ?? throw new InvalidOperationException("The service was not started.");

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Spec spec = TcpRttProgram.ReadSpec();
        spec.All = options.All;
        spec.Either = options.Either;
        spec.Connections.MaxEntries = (uint)options.RingBytes;
        _program = TcpRttProgram.Load(spec);
        foreach (IPNetwork network in options.Networks)
        {
            _program.Add(network);
        }

        // From here until the link is disposed, or the process ends in whatever way, connections are reported.
        _link = _program.Attach();
        _writer.WriteHeading();
        _writer.Flush();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task untilNobodyReads = StopWhenNobodyReadsAsync(stoppingToken);
        BpfRingBuffer connections = Program.Connections;
        try
        {
            while (await connections.WaitAsync(stoppingToken))
            {
                WriteWhatCame(connections);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop. What has been closed until now still gets its line.
            _link!.Dispose();
            while (WriteWhatCame(connections) > 0)
            {
                // More may be there.
            }
        }

        await untilNobodyReads;
    }

    public override void Dispose()
    {
        _link?.Dispose();
        _program?.Dispose();
        _writer.Dispose();
        base.Dispose();
    }

    /// <summary>Writes some of it: a reader that was away finds a full ring, and not all of its lines are to be in memory at once.</summary>
    /// <returns>How many.</returns>
    private int WriteWhatCame(BpfRingBuffer connections)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        LineOfEach handler = new(_writer, now - Stopwatch.GetElapsedTime(0));
        int count = connections.Consume(ref handler, RecordsPerWrite);
        if (connections.LostRecords is { } lost && lost > _lost)
        {
            _writer.WriteLost(lost - _lost, now);
            _lost = lost;
        }

        _writer.Flush();
        return count;
    }

    private async Task StopWhenNobodyReadsAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(LookAtReader);
        while (!stop.IsCancellationRequested && !StandardOutput.IsClosed)
        {
            await ((Task)timer.WaitForNextTickAsync(stop).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lifetime.StopApplication();
    }

    /// <summary>Writes each record, where it lies in the kernel's buffer.</summary>
    private readonly struct LineOfEach(ConnectionWriter writer, DateTimeOffset boot) : IBpfRecordHandler
    {
        public bool Handle(ReadOnlySpan<byte> record)
        {
            ref readonly TcpRttConnection connection = ref MemoryMarshal.AsRef<TcpRttConnection>(record);
            writer.Write(connection, boot + TimeSpan.FromTicks((long)connection.Time / TimeSpan.NanosecondsPerTick));
            return true;
        }
    }
}
