using EbpfNet;
using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace HttpMetrics;

/// <summary>Where HTTP is looked for.</summary>
internal enum MeterSource
{
    /// <summary>In the packets of an interface.</summary>
    Packets,

    /// <summary>In what processes read and write.</summary>
    Syscalls,

    /// <summary>There, too, through the tracepoints of system calls, as on kernels that have no others.</summary>
    SyscallTracepoints,
}

/// <summary>The loaded and attached programs.</summary>
internal sealed class HttpMeter : IDisposable
{
    private readonly HttpMetricsProgram _program;
    private readonly IReadOnlyList<BpfLink> _links;
    private readonly Lock _reading = new(); // the table, /metrics and the instruments read it
    private MeterReading? _last;

    internal HttpMeter(HttpMetricsProgram program, params IReadOnlyList<BpfLink> links)
    {
        _program = program;
        _links = links;
    }

    /// <summary>Counts from here on, until disposed or the process ends, in whatever way.</summary>
    /// <param name="source">Where it looks.</param>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <param name="options">What is counted.</param>
    internal static HttpMeter Start(MeterSource source, string interfaceName, HttpMetricsOptions options)
        => source == MeterSource.Packets
            ? new HttpMeter(AttachPackets(interfaceName, options, out SocketFilterLink link), link)
            : new HttpMeter(AttachSystemCalls(options with { UseSystemCallTracepoints = source == MeterSource.SyscallTracepoints }, out BpfLinkCollection links), [.. links]);

    /// <summary>Whether all is still where it was attached: an interface may go.</summary>
    internal bool IsAttached => _links.All(link => link.IsAttached);

    /// <summary>What was counted since the start. No total is ever less than in the reading before.</summary>
    internal MeterReading Read()
    {
        lock (_reading)
        {
            HttpMetricsReading reading = _program.Read();
            return _last = new MeterReading(
                reading.Services,
                reading.Totals,
                Math.Max(reading.EvictedServices, _last?.EvictedServices ?? 0),
                Math.Max(reading.EvictedConnections, _last?.EvictedConnections ?? 0),
                Math.Max(reading.EvictedClosedConnections, _last?.EvictedClosedConnections ?? 0),
                reading.Totals.Contended + ReadStats().RecursionMisses);
        }
    }

    /// <summary>All programs' runs, and how long these took, as far as <see cref="BpfStats"/> was on; and how often the kernel passed one over because another was at work on that processor.</summary>
    internal BpfProgramStats ReadStats()
        => _program.Object.Programs.Select(program => program.GetStats()).Aggregate((sum, more)
            => new BpfProgramStats(sum.RunCount + more.RunCount, sum.RunTimeNanoseconds + more.RunTimeNanoseconds, sum.RecursionMisses + more.RecursionMisses));

    public void Dispose()
    {
        foreach (BpfLink link in _links)
        {
            link.Dispose();
        }

        _program.Dispose();
    }
}

/// <summary>What was counted.</summary>
/// <param name="Services">For each client and port.</param>
/// <param name="Totals">In all.</param>
/// <param name="EvictedServices">Pairs of client and port that made room for others; what was counted for them is in the totals only.</param>
/// <param name="EvictedConnections">Connections that made room for others.</param>
/// <param name="EvictedClosedConnections">Ends of connections that are no longer remembered, so that what is sent again after them counts once more.</param>
/// <param name="PassedOver">Packets, or reads and writes, that were not looked at because the processor, or the connection, was at work for another.</param>
internal sealed record MeterReading(IReadOnlyList<HttpServiceCounters> Services, HttpTotals Totals, long EvictedServices, long EvictedConnections, long EvictedClosedConnections, ulong PassedOver)
{
    /// <summary>What was counted for a port, and for one client if given.</summary>
    internal HttpCounters For(ushort port, System.Net.IPAddress? client = null)
    {
        HttpCounters sum = default;
        foreach (HttpServiceCounters counted in Services)
        {
            if (counted.Service.Port == port && (client is null || counted.Service.ClientAddress.Equals(client)))
            {
                sum += counted.Counters;
            }
        }

        return sum;
    }
}
