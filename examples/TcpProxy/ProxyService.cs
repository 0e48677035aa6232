using System.Runtime.InteropServices;
using EbpfNet;
using ExampleHost;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>Proxies from its start to its end, by the apps that the file names.</summary>
/// <param name="options">What was asked for.</param>
/// <param name="lifetime">The program's.</param>
/// <param name="logger">Where it tells what happens.</param>
/// <param name="metrics">What serves metrics, if anything does.</param>
internal sealed class ProxyService(RunOptions options, IHostApplicationLifetime lifetime, ILogger<ProxyService> logger, IServer? metrics = null) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly ProxyLimits _limits = new(Math.Min(options.MaxConnections, FileLimit.Connections));
    private readonly Lock _reading = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _watching = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
    private Steering? _steering;
    private Splicer? _splicer;
    private ProxyApps? _apps;
    private PosixSignalRegistration? _hangUp;
    private bool _isDisposed;

    public ProxyLimits Limits => _limits;

    public Steering Steering => _steering ?? throw new InvalidOperationException("The service was not started.");

    /// <summary>The apps of now.</summary>
    public IReadOnlyList<App> Apps => _apps?.All ?? [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        WatchedFile.ReadAndWatch(options.ConfigPath, PutInForce, logger, _watching.Token);
        if (options.IdleTimeout is { } idle)
        {
            _ = _limits.EndIdleAsync(idle, _ending.Token);
        }

        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            WatchedFile.TryRead(PutInForce, logger);
        });
        if (FileLimit.Connections < options.MaxConnections)
        {
            logger.LogWarning("There is room for {Count} connections at a time, not for {Wanted}: more need more open files (ulimit -n, LimitNOFILE=).", FileLimit.Connections, options.MaxConnections);
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.EndsWithInput)
        {
            _ = Task.Run(() =>
            {
                while (Console.In.Read() >= 0)
                {
                    // Only its end says something.
                }

                lifetime.StopApplication();
            }, CancellationToken.None);
        }

        using PeriodicTimer timer = new(LookInterval);
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested && !Steering.IsOwner)
            {
                await GiveWayAsync(stoppingToken);
                lifetime.StopApplication();
                return;
            }
        }

        LetGo();
        await _apps!.CloseAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        await ConnectionsEndAsync(DrainTime, CancellationToken.None);
    }

    /// <summary>Puts what the file says now in force.</summary>
    private void PutInForce()
    {
        using Lock.Scope inTurn = _reading.EnterScope(); // a signal may come while a change is seen: what was read last is put in force last
        ProxyConfig config = ProxyConfig.Read(options.ConfigPath); // before anything is touched
        string what = $"{config.Apps.Sum(app => app.Ports.Sum(range => range.Last - range.First + 1))} ports of {config.Apps.Count} apps to {config.Apps.Sum(app => app.Targets.Count)} targets";
        using BpfPinFolder? pins = LockPins();
        if (_apps is null)
        {
            _steering = Steering.Load(pins, options.Splice);
            bool isTakenOver = _steering.IsTakenOver;
            _splicer = options.Splice ? new Splicer(_steering.Program, port => !_steering.WasSteered(port)) : null;
            _apps = new ProxyApps(_steering, options.CheckInterval, _limits, _splicer, logger);
            _apps.Apply(config, fill => _steering.Engage(pins, fill));
            Console.WriteLine($"Proxying {what}{(isTakenOver ? ", taken over from the process before" : "")}. Ctrl+C ends it.");
        }
        else if (Steering.IsOwner)
        {
            _apps.Apply(config, change => change());
            if (logger.IsEnabled(LogLevel.Information))
            {
                logger.LogInformation("{Path} is in force: {What}.", options.ConfigPath, what);
            }
        }
        else
        {
            logger.LogWarning("{Path} is not read again: another process has taken over.", options.ConfigPath);
        }
    }

    /// <summary>What a process does that was taken over: nothing comes to it any more, and what it has goes on to its end.</summary>
    private async Task GiveWayAsync(CancellationToken stop)
    {
        logger.LogWarning("Another process has taken over: this one ends with its last connection, of {Count}.", _limits.Count);
        await _watching.CancelAsync();
        await _apps!.CloseAsync(App.HandshakeTime, stop);
        if (metrics is not null)
        {
            using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(1));
            await metrics.StopAsync(deadline.Token); // the other one has the address, too
        }

        await ConnectionsEndAsync(Timeout.InfiniteTimeSpan, stop);
        await ConnectionsEndAsync(DrainTime, CancellationToken.None);
    }

    /// <summary>Has the pins bring nothing to this process any more.</summary>
    private void LetGo() => WatchedFile.TryRead(
        () =>
        {
            using BpfPinFolder? alone = LockPins();
            if (Steering.IsOwner)
            {
                _apps!.RemoveListeners();
            }
        },
        logger);

    private BpfPinFolder? LockPins() => options.PinDirectory is null ? null : SteeringPins.Lock(options.PinDirectory);

    private async Task ConnectionsEndAsync(TimeSpan patience, CancellationToken stop)
    {
        long start = Environment.TickCount64;
        while (_limits.Count > 0 && !stop.IsCancellationRequested && (patience == Timeout.InfiniteTimeSpan || Environment.TickCount64 - start < patience.TotalMilliseconds))
        {
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return; // the container knows it by two names
        }

        _hangUp?.Dispose();
        _limits.CutAll();
        _apps?.Stop();
        _splicer?.Dispose();
        _steering?.Dispose();
        _watching.Dispose();
        _ending.Cancel();
        _ending.Dispose();
        base.Dispose();
    }
}
