using System.Net.Sockets;
using ExampleHost;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>The apps of now, and how those of another configuration take their place.</summary>
internal sealed class ProxyApps(Steering steering, TimeSpan checkInterval, ProxyLimits limits, Splicer? splicer, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, App> _apps = [];
    private readonly HashSet<App> _leaving = [];
    private readonly TargetNetwork _network = new(logger);

    /// <summary>The apps of now, by name.</summary>
    public IReadOnlyList<App> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _apps.Values.OrderBy(app => app.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Puts a configuration in force.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="change">Called with what changes the steering, once all is there that may be lacking: sockets, above all.</param>
    /// <exception cref="UserErrorException">There are not enough sockets; nothing was changed.</exception>
    public void Apply(ProxyConfig config, Action<Action> change)
    {
        lock (_lock)
        {
            List<App> added = OpenNew(config);
            try
            {
                change(() => Put(config, added));
            }
            catch
            {
                added.ForEach(app => app.Stop());
                throw;
            }
        }
    }

    /// <summary>Accepts for a while what is on its way to the sockets, and closes them. Connections that are established go on.</summary>
    /// <param name="time">How long what is on its way may take.</param>
    /// <param name="stop">Ends that time.</param>
    public Task CloseAsync(TimeSpan time, CancellationToken stop)
    {
        lock (_lock)
        {
            return Task.WhenAll(_apps.Values.Concat(_leaving).Select(app => app.CloseAsync(time, stop)));
        }
    }

    /// <summary>Brings nothing more to the sockets of now.</summary>
    public void RemoveListeners()
    {
        foreach (App app in All)
        {
            steering.RemoveListener(app.Number);
        }

        steering.ForgetRefused();
    }

    /// <summary>Closes the sockets at once.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            foreach (App app in _apps.Values.Concat(_leaving))
            {
                app.Stop();
            }
        }
    }

    private void Put(ProxyConfig config, List<App> added)
    {
        Dictionary<string, App> apps = added.Concat(_apps.Values).ToDictionary(app => app.Name);
        Dictionary<int, int> ports = [];
        foreach (AppConfig wanted in config.Apps)
        {
            foreach (PortRange range in wanted.Ports)
            {
                for (int port = range.First; port <= range.Last; port++)
                {
                    ports.Add(port, apps[wanted.Name].Number);
                }
            }
        }

        _network.ProxyPorts = [.. ports.Keys];
        foreach (App app in added)
        {
            app.SetTargets(config.Apps.First(wanted => wanted.Name == app.Name).Targets, checkInterval);
            steering.SetListener(app.Number, app.Name, app.Listener);
            app.Start();
        }

        App[] gone = [.. _apps.Values.ExceptBy(config.Apps.Select(wanted => wanted.Name), app => app.Name)];
        steering.SetPorts(ports, apps.Values.Except(gone).Select(app => app.OwnPort));

        // From here on nothing can fail for want of anything.
        added.ForEach(app => _apps.Add(app.Name, app));
        foreach (AppConfig wanted in config.Apps)
        {
            _apps[wanted.Name].SetTargets(wanted.Targets, checkInterval);
        }

        foreach (App app in gone)
        {
            _apps.Remove(app.Name);
            _leaving.Add(app);
            _ = LeaveAsync(app);
        }

        RemoveOtherNames();
    }

    /// <summary>Opens the sockets of apps that are not there yet: all, or none.</summary>
    private List<App> OpenNew(ProxyConfig config)
    {
        string[] names = steering.ReadNames();
        string[] wanted = [.. config.Apps.Select(app => app.Name).Where(name => !_apps.ContainsKey(name))];
        // Who had a number before has it again; the others take those that nobody had.
        Dictionary<string, int> numbers = wanted.Where(names.Contains).ToDictionary(name => name, name => Array.IndexOf(names, name));
        HashSet<int> taken = [.. numbers.Values, .. _apps.Values.Concat(_leaving).Select(app => app.Number)];
        Queue<int> free = new(Enumerable.Range(0, names.Length).Where(number => names[number].Length == 0 && !taken.Contains(number)));
        List<App> added = [];
        try
        {
            foreach (string name in wanted)
            {
                if (!numbers.TryGetValue(name, out int number) && !free.TryDequeue(out number))
                {
                    throw new UserErrorException($"There is room for {names.Length} apps, and those that were removed keep theirs for some seconds.");
                }

                added.Add(new App(name, number, limits, _network, splicer, logger));
            }
        }
        catch (Exception e)
        {
            added.ForEach(app => app.Stop());
            throw e is SocketException ? new UserErrorException($"No socket could be opened for another app: {e.Message}.") : e;
        }

        return added;
    }

    /// <summary>Lets an app go that has no ports any more. Its number is another's only when nothing can be on its way to it.</summary>
    private async Task LeaveAsync(App app)
    {
        await app.CloseAsync(App.HandshakeTime, CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            _leaving.Remove(app);
        }
    }

    /// <summary>Forgets names of the process before that the configuration does not have.</summary>
    private void RemoveOtherNames()
    {
        string[] names = steering.ReadNames();
        for (int number = 0; number < names.Length; number++)
        {
            if (names[number].Length > 0 && !_apps.ContainsKey(names[number]))
            {
                steering.RemoveName(number);
            }
        }
    }
}
