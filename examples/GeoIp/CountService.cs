using System.Diagnostics;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using Microsoft.Extensions.Hosting;
using static EbpfNet.Programs.GeoIpProgram;

namespace GeoIp;

/// <summary>Counts new connections on an interface from its start to its end, in the kernel, and brings the counts to <see cref="Traffic"/>.</summary>
internal sealed class CountService(RunOptions options, HttpEndpoint page, Traffic traffic, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>How many ports there may be.</summary>
    internal const int MaxPorts = 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TableInterval = TimeSpan.FromSeconds(1);

    // A program that ran when the turn was changed has mostly ended by then.
    private static readonly TimeSpan TurnEnds = TimeSpan.FromMilliseconds(10);

    private readonly Source[] _sources = new Source[4096];
    private readonly ulong[] _counts = new ulong[4096];
    private readonly ulong[] _taken = new ulong[2];
    private readonly ulong[] _missing = new ulong[2];
    private readonly ulong[] _lost = new ulong[2];
    private long _nextLook;
    private ulong _attemptsSeen;
    private long _forgottenAttempts;

    private GeoIpProgram? _program;
    private TcLink? _link;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _program = GeoIpProgram.Load();
        foreach (ushort port in options.Ports)
        {
            _program.Ports.Set(port, default);
        }

        // From here until the link is disposed, or the process ends in whatever way, connections are counted: by tcx where the kernel has it, else by a filter of clsact.
        _link = options.Host is { } host ? host.Run(Attach) : Attach();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (lifetime.ApplicationStarted.Register(started.SetResult))
        {
            await ((Task)started.Task.WaitAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        if (options.ShowsTable)
        {
            string way = _link!.Mechanism == TcMechanism.Tcx ? "tcx" : "a filter of clsact";
            Console.WriteLine($"Counting on {options.InterfaceName}, ports {string.Join(", ", options.Ports)}, by {way}. The page: {page}. Ctrl+C ends it.");
        }

        using TableOutput output = TableOutput.ToConsole();
        using PeriodicTimer timer = new(Interval);
        long start = Stopwatch.GetTimestamp();
        TimeSpan nextTable = TimeSpan.Zero;
        while (!StandardOutput.IsClosed && !stoppingToken.IsCancellationRequested)
        {
            if (!_link!.IsAttached)
            {
                throw new UserErrorException($"Nothing is counted any more: interface {_link.InterfaceName} is gone, or somebody has detached the program from it.");
            }

            await CollectAsync();
            if (options.ShowsTable && Stopwatch.GetElapsedTime(start) is var time && time >= nextTable)
            {
                output.Show(CountryTable.Render(traffic.Read()), time);
                nextTable = time + TableInterval;
            }

            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // asked to stop: leaving detaches the program
        }

        lifetime.StopApplication();
    }

    public override void Dispose()
    {
        _link?.Dispose();
        _program?.Dispose();
        base.Dispose();
    }

    private TcLink Attach() => _program!.GeoIp.AttachTc(options.InterfaceName, TcDirection.Ingress);

    /// <summary>Lets the program count in the other map, and empties the one that it counted in.</summary>
    private async Task CollectAsync()
    {
        uint turn = _program!.Turn.Value;
        _program.Turn.Value = 1 - turn;
        await Task.Delay(TurnEnds, CancellationToken.None);

        ulong requests = (turn == 0 ? _program.EvenRequests : _program.OddRequests).Value;
        BpfHashMap<Source, ulong> sources = turn == 0 ? _program.EvenSources : _program.OddSources;
        for (int count; requests > _taken[turn] + _lost[turn] && (count = sources.TakeTo(_sources, _counts)) > 0;)
        {
            for (int i = 0; i < count; i++)
            {
                traffic.Add(_sources[i].Address, _sources[i].Port, (long)_counts[i]);
                _taken[turn] += _counts[i];
            }
        }

        // What was counted but not found, not even at this map's next turn, had to make room for others.
        ulong missing = requests - Math.Min(requests, _taken[turn]);
        _lost[turn] = Math.Max(_lost[turn], Math.Min(missing, _missing[turn]));
        _missing[turn] = missing;
        CountForgottenAttempts();
        traffic.SetLost((long)(_lost[0] + _lost[1]), (long)_program.Repeated.Value, _forgottenAttempts);
    }

    /// <summary>Once a second at most: it walks over all attempts that the program knows.</summary>
    private void CountForgottenAttempts()
    {
        ulong seen = _program!.AttemptsSeen.Value; // read first, so that none is taken for forgotten that was not
        if (seen != _attemptsSeen && Environment.TickCount64 >= _nextLook)
        {
            _forgottenAttempts = Math.Max(_forgottenAttempts, (long)seen - _program.Attempts.Count);
            _attemptsSeen = seen;
            _nextLook = Environment.TickCount64 + 1000;
        }
    }
}
