using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>An app: one listening socket for all its ports, and the targets that its connections are spread over.</summary>
internal sealed class App
{
    private const int Backlog = 4096; // the kernel takes the lesser of it and net.core.somaxconn

    private readonly ProxyLimits _limits;
    private readonly Splicer? _splicer;
    private readonly ILogger _logger;
    private Target[] _targets = [];
    private uint _turn;
    private long _unserved;

    /// <summary>Opens the listening socket. Nothing is accepted before <see cref="Start"/>.</summary>
    public App(string name, int number, ProxyLimits limits, Splicer? splicer, ILogger logger)
    {
        (Name, Number, _limits, _splicer, _logger) = (name, number, limits, splicer, logger);
        Listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        Listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0)); // any port: the program brings connections here by the ones that the app has
        Listener.Listen(Backlog);
    }

    public string Name { get; }

    /// <summary>Its number in the program's maps.</summary>
    public int Number { get; }

    public Socket Listener { get; }

    /// <summary>The port that the socket had to be bound to.</summary>
    public int OwnPort => ((IPEndPoint)Listener.LocalEndPoint!).Port;

    public IReadOnlyList<Target> Targets => Volatile.Read(ref _targets);

    /// <summary>How many connections were given up because no target was healthy.</summary>
    public long Unserved => Volatile.Read(ref _unserved);

    /// <summary>Which targets it has from now on; those that stay keep their health and their counters.</summary>
    public void SetTargets(IEnumerable<TargetAddress> addresses, TimeSpan checkInterval)
    {
        Dictionary<TargetAddress, Target> before = _targets.ToDictionary(target => target.Address);
        Target[] targets = [.. addresses.Distinct().Select(address => before.Remove(address, out Target? target) ? target : new Target(Name, address, checkInterval, _logger))];
        Volatile.Write(ref _targets, targets);
        foreach (Target gone in before.Values)
        {
            gone.Dispose();
        }
    }

    public void Start() => _ = AcceptAsync();

    /// <summary>Accepts no more. Connections that are established go on.</summary>
    public void Stop()
    {
        Listener.Dispose();
        foreach (Target target in _targets)
        {
            target.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                Socket client = await Listener.AcceptAsync().ConfigureAwait(false);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return; // stopped
            }
            catch (SocketException e)
            {
                // Mostly too many open files: some will be closed in a moment.
                _logger.LogError("App {App} cannot accept a connection: {Failure}", Name, e.Message);
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        if (!_limits.TryEnter())
        {
            Relay.Reset(client);
            return;
        }

        try
        {
            client.NoDelay = true;
            (Target? target, Socket? server) = await ConnectAsync().ConfigureAwait(false);
            if (target is null || server is null)
            {
                Interlocked.Increment(ref _unserved);
                Relay.Reset(client);
                return;
            }

            Relay relay = new(client, server, target);
            using (_limits.Track(relay))
            {
                await relay.RunAsync(_splicer).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            client.Dispose(); // it went away at once
        }
        finally
        {
            _limits.Leave();
        }
    }

    /// <summary>Takes the next healthy target that accepts a connection.</summary>
    private async ValueTask<(Target? Target, Socket? Server)> ConnectAsync()
    {
        Target[] targets = Volatile.Read(ref _targets);
        for (int attempt = 0; attempt < targets.Length; attempt++)
        {
            if (Next(targets) is not { } target)
            {
                break;
            }

            if (await target.ConnectAsync().ConfigureAwait(false) is { } server)
            {
                return (target, server);
            }
        }

        return (null, null);
    }

    /// <summary>The healthy target whose turn it is: those that are not leave their turns to all others alike.</summary>
    private Target? Next(Target[] targets)
    {
        uint healthy = 0;
        foreach (Target target in targets)
        {
            if (target.IsHealthy)
            {
                healthy++;
            }
            else
            {
                target.TellSkipping();
            }
        }

        uint left = healthy == 0 ? 0 : Interlocked.Increment(ref _turn) % healthy;
        foreach (Target target in targets)
        {
            if (target.IsHealthy && left-- == 0)
            {
                return target;
            }
        }

        return Array.Find(targets, target => target.IsHealthy); // one has become unhealthy meanwhile
    }
}
