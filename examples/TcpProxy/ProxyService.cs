using System.Runtime.InteropServices;
using ExampleHost;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>Proxies from its start to its end, by the apps that the file names.</summary>
internal sealed class ProxyService(RunOptions options, IHostApplicationLifetime lifetime, ILogger<ProxyService> logger) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly ProxyLimits _limits = new(options.MaxConnections);
    private readonly Dictionary<string, App> _apps = [];
    private Steering? _steering;
    private Splicer? _splicer;
    private PosixSignalRegistration? _hangUp;

    public ProxyLimits Limits => _limits;

    public Steering Steering => _steering ?? throw new InvalidOperationException("The service was not started.");

    /// <summary>The apps of now.</summary>
    public IReadOnlyList<App> Apps
    {
        get
        {
            lock (_lock)
            {
                return [.. _apps.Values.OrderBy(app => app.Name, StringComparer.Ordinal)];
            }
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ProxyConfig config = ProxyConfig.Read(options.ConfigPath); // before anything is touched
        _steering = Steering.Open(options.PinDirectory, options.Splice, out bool takenOver);
        _splicer = options.Splice ? new Splicer(_steering.Program) : null;
        Apply(config);
        _ = WatchedFile.WatchAsync(options.ConfigPath, Reload, logger, lifetime.ApplicationStopping);
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            WatchedFile.TryRead(Reload, logger);
        });
        Console.WriteLine($"Proxying {Describe(config)}{(takenOver ? ", taken over from the process before" : "")}. Ctrl+C ends it.");
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
            if (Apps is [var first, ..] && !stoppingToken.IsCancellationRequested && !Steering.IsCurrent(first.Number, first.Listener))
            {
                logger.LogWarning("Another process has taken over: this one ends with its last connection, of {Count}.", _limits.Count);
                await DrainAsync(Timeout.InfiniteTimeSpan, stoppingToken);
                lifetime.StopApplication();
                return;
            }
        }

        await DrainAsync(DrainTime, CancellationToken.None);
    }

    /// <summary>Puts what the file says now in force.</summary>
    private void Reload()
    {
        ProxyConfig config = ProxyConfig.Read(options.ConfigPath);
        Apply(config);
        if (logger.IsEnabled(LogLevel.Information))
        {
            logger.LogInformation("{Path} is in force: {Apps}.", options.ConfigPath, Describe(config));
        }
    }

    private void Apply(ProxyConfig config)
    {
        lock (_lock)
        {
            List<App> added = OpenNew(config);
            foreach (App app in added)
            {
                _apps.Add(app.Name, app);
                Steering.SetListener(app.Number, app.Name, app.Listener);
            }

            Dictionary<int, int> ports = [];
            foreach (AppConfig wanted in config.Apps)
            {
                App app = _apps[wanted.Name.Text];
                app.SetTargets(wanted.Targets, options.CheckInterval);
                foreach (PortRange range in wanted.Ports)
                {
                    for (int port = range.First; port <= range.Last; port++)
                    {
                        ports.Add(port, app.Number);
                    }
                }
            }

            added.ForEach(app => app.Start());
            App[] gone = [.. _apps.Values.Where(app => !config.Apps.Any(wanted => wanted.Name.Text == app.Name))];
            Steering.SetPorts(ports, _apps.Values.Except(gone).Select(app => app.OwnPort));
            foreach (App app in gone)
            {
                _apps.Remove(app.Name);
                Steering.RemoveListener(app.Number, app.Listener);
                app.Stop();
            }
        }
    }

    /// <summary>Opens the sockets of apps that are not there yet: all, or none.</summary>
    private List<App> OpenNew(ProxyConfig config)
    {
        HashSet<int> taken = [.. _apps.Values.Select(app => app.Number)];
        List<App> added = [];
        try
        {
            foreach (string name in config.Apps.Select(app => app.Name.Text).Where(name => !_apps.ContainsKey(name)))
            {
                int number = Steering.FindApp(name) is { } before && taken.Add(before) ? before : Enumerable.Range(0, ProxyConfig.MaxApps).First(taken.Add);
                added.Add(new App(name, number, _limits, _splicer, logger));
            }
        }
        catch (System.Net.Sockets.SocketException e)
        {
            added.ForEach(app => app.Stop());
            throw new UserErrorException($"No socket could be opened for another app: {e.Message}.");
        }

        return added;
    }

    private async Task DrainAsync(TimeSpan patience, CancellationToken stop)
    {
        // What waits in a socket's queue is accepted first.
        await Task.Delay(100, CancellationToken.None);
        foreach (App app in Apps)
        {
            app.Stop();
        }

        long start = Environment.TickCount64;
        while (_limits.Count > 0 && !stop.IsCancellationRequested && (patience == Timeout.InfiniteTimeSpan || Environment.TickCount64 - start < patience.TotalMilliseconds))
        {
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public override void Dispose()
    {
        _hangUp?.Dispose();
        _limits.CutAll();
        foreach (App app in Apps)
        {
            app.Stop();
        }

        _splicer?.Dispose();
        _steering?.Dispose();
        base.Dispose();
    }

    private static string Describe(ProxyConfig config)
        => $"{config.Apps.Sum(app => app.Ports.Sum(range => range.Last - range.First + 1))} ports of {config.Apps.Count} apps to {config.Apps.Sum(app => app.Targets.Count)} targets";
}
