using System.Diagnostics;
using System.Net;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static EbpfNet.Programs.XdpDropProgram;

namespace XdpDrop;

/// <summary>Drops packets on an interface from its start to its end, and shows what it drops.</summary>
internal sealed class DropService(RunOptions options, IHostApplicationLifetime lifetime, ILogger<DropService> logger) : BackgroundService
{
    private const int LooksPerTable = 4;

    private XdpDropProgram? _program;
    private Blocklist? _blocklist;
    private XdpLink? _link;

    /// <summary>The loaded program.</summary>
    public XdpDropProgram Program => _program ?? throw new InvalidOperationException("The service was not started.");

    /// <summary>What is blocked.</summary>
    public Blocklist Blocklist => _blocklist ?? throw new InvalidOperationException("The service was not started.");

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        int room = Math.Max(options.Blocked.Count, RunCommand.MaxRules);
        _program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = room });
        _blocklist = new Blocklist(_program, room);
        foreach (IPNetwork network in options.Blocked)
        {
            _blocklist.Add(network);
        }

        if (options.BlocklistPath is { } path)
        {
            try
            {
                WatchedFile.ReadAndWatch(path, () => _blocklist.Apply(path), logger, lifetime.ApplicationStopping);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"Could not read the blocklist: {e.Message}");
            }
        }

        // From here until the link is disposed, or the process ends in whatever way, packets are dropped.
        _link = _program.Attach(options.InterfaceName, options.Mode);
        Console.WriteLine($"Dropping on {options.InterfaceName}, in {_link.Mode.ToString().ToLowerInvariant()} mode. Ctrl+C ends it.");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DropTable table = new();
        using TableOutput output = TableOutput.ToConsole();
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1) / LooksPerTable);
        long start = Stopwatch.GetTimestamp();
        for (int look = 0; !StandardOutput.IsClosed && !stoppingToken.IsCancellationRequested; look++) // whoever reads it may have seen enough: head, for example
        {
            if (!_link!.IsAttached)
            {
                throw new UserErrorException($"Nothing is dropped any more: interface {_link.InterfaceName} is gone, or somebody has detached the program from it.");
            }

            if (look % LooksPerTable == 0)
            {
                TimeSpan time = Stopwatch.GetElapsedTime(start);
                output.Show(table.Render([.. ReadRules().Select(rule => Row($"drop {rule.Network}", rule.Dropped)), Row("pass", Program.ReadPassed())], time), time);
            }

            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // asked to stop: leaving detaches the program
        }

        lifetime.StopApplication();
    }

    /// <summary>The rules and what each dropped, in the order of their addresses.</summary>
    public IEnumerable<XdpDropRuleCounters> ReadRules() => Program.ReadRules().OrderBy(rule => rule.Network, NetworkOrder.Instance);

    public override void Dispose()
    {
        _link?.Dispose();
        _program?.Dispose();
        base.Dispose();
    }

    private static CounterRow Row(string name, XdpDropCounters counters) => new(name, counters.Packets, counters.Bytes);
}
