using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>An app: one listening socket for all its ports, and the targets that its connections are spread over.</summary>
internal sealed class App
{
    /// <summary>How long the handshake of a connection may take that was on its way when its port became another socket's: a lost packet is sent again within that time.</summary>
    public static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(2);

    private const int Backlog = 4096; // the kernel takes the lesser of it and net.core.somaxconn

    private readonly ProxyLimits _limits;
    private readonly TargetNetwork _network;
    private readonly Splicer? _splicer;
    private readonly ILogger _logger;
    private readonly OncePerSecond _tellAcceptFailure = new();
    private readonly OncePerSecond _tellFailure = new();
    private Target[] _targets = [];
    private uint _turn;
    private long _unserved;

    /// <summary>Opens the listening socket. Nothing is accepted before <see cref="Start"/>.</summary>
    public App(string name, int number, ProxyLimits limits, TargetNetwork network, Splicer? splicer, ILogger logger)
    {
        (Name, Number, _limits, _network, _splicer, _logger) = (name, number, limits, network, splicer, logger);
        bool hasIPv6 = Socket.OSSupportsIPv6;
        Listener = new Socket(hasIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (hasIPv6)
            {
                Listener.DualMode = true;
            }

            Relay.Prepare(Listener);
            Listener.Bind(new IPEndPoint(hasIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0)); // any port: the program brings connections here by the ones that the app has
            Listener.Listen(Backlog);
        }
        catch
        {
            Listener.Dispose();
            throw;
        }

        OwnPort = ((IPEndPoint)Listener.LocalEndPoint!).Port;
    }

    public string Name { get; }

    /// <summary>Its number in the program's maps.</summary>
    public int Number { get; }

    public Socket Listener { get; }

    /// <summary>The port that the socket had to be bound to.</summary>
    public int OwnPort { get; }

    public IReadOnlyList<Target> Targets => Volatile.Read(ref _targets);

    /// <summary>How many connections were given up because no target was healthy.</summary>
    public long Unserved => Volatile.Read(ref _unserved);

    /// <summary>Which targets it has from now on; those that stay keep their health and their counters.</summary>
    public void SetTargets(IEnumerable<TargetAddress> addresses, TimeSpan checkInterval)
    {
        Dictionary<TargetAddress, Target> before = _targets.ToDictionary(target => target.Address);
        Target[] targets = [.. addresses.Distinct().Select(address => before.Remove(address, out Target? target) ? target : new Target(Name, address, checkInterval, _network, _logger))];
        Volatile.Write(ref _targets, targets);
        foreach (Target gone in before.Values)
        {
            gone.Dispose();
        }
    }

    public void Start() => _ = AcceptAsync();

    /// <summary>Accepts what is on its way, although nothing is brought to the socket any more, and then no more.</summary>
    /// <param name="time">How long it may be on its way.</param>
    /// <param name="stop">Ends that time.</param>
    public async Task CloseAsync(TimeSpan time, CancellationToken stop)
    {
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (int attempt = 0; attempt < 500 && HasWaiting(); attempt++)
        {
            await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
        }

        Stop();
    }

    /// <summary>Accepts no more. Connections that are established go on.</summary>
    public void Stop()
    {
        Listener.Dispose();
        foreach (Target target in _targets)
        {
            target.Dispose();
        }
    }

    private bool HasWaiting()
    {
        try
        {
            return Listener.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            return false;
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
                if (_tellAcceptFailure.IsDue())
                {
                    _logger.LogError("App {App} cannot accept a connection: {Failure}", Name, e.Message);
                }

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
            (Target? target, Socket? server) = await ConnectAsync().ConfigureAwait(false);
            if (target is null || server is null)
            {
                Interlocked.Increment(ref _unserved);
                Relay.Reset(client);
                return;
            }

            Relay relay = new(client, server, target, _splicer);
            using (_limits.Track(relay))
            {
                await relay.RunAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            client.Dispose(); // it went away at once
        }
#pragma warning disable CA1031 // Whatever it is, the other connections go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Relay.Reset(client);
            if (_tellFailure.IsDue())
            {
                _logger.LogError("A connection of app {App} was reset: {Failure}", Name, e.Message);
            }
        }
        finally
        {
            _limits.Leave();
        }
    }

    /// <summary>Connects to the healthy target whose turn it is, or to the next that accepts.</summary>
    private async ValueTask<(Target? Target, Socket? Server)> ConnectAsync()
    {
        Target[] targets = Volatile.Read(ref _targets);
        foreach (Target target in targets)
        {
            if (!target.IsHealthy)
            {
                target.TellSkipping();
            }
        }

        int first = Turns.Next(targets, ref _turn);
        for (int after = 0; first >= 0 && after < targets.Length; after++)
        {
            Target target = targets[(first + after) % targets.Length];
            if (target.IsHealthy && await target.ConnectAsync().ConfigureAwait(false) is { } server)
            {
                return (target, server);
            }
        }

        return (null, null);
    }
}
