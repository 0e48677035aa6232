using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>One of an app's targets: where it is now, whether it answers, and what went there.</summary>
internal sealed class Target : IDisposable
{
    /// <summary>How long a target may take to accept a connection.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ResolveInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TellingInterval = TimeSpan.FromSeconds(1);

    private readonly string _app;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _firstLookup;
    private IPEndPoint[] _endpoints = [];
    private long _resolved;
    private long _toldSkipping;
    private uint _turn;
    private bool _isHealthy = true;
    private TargetCounters _counters;

    public Target(string app, TargetAddress address, TimeSpan checkInterval, ILogger logger)
    {
        (_app, Address, _logger) = (app, address, logger);
        _firstLookup = ResolveAsync();
        _ = CheckAsync(checkInterval);
    }

    public TargetAddress Address { get; }

    /// <summary>Whether connections are brought there. Innocent until it fails.</summary>
    public bool IsHealthy => Volatile.Read(ref _isHealthy);

    /// <summary>What was counted, to be changed by interlocked operations.</summary>
    public ref TargetCounters Counters => ref _counters;

    /// <summary>Opens a connection to it.</summary>
    /// <returns>The connection; <see langword="null"/> where that failed, and the target is no longer healthy.</returns>
    public async ValueTask<Socket?> ConnectAsync()
    {
        await _firstLookup.ConfigureAwait(false);
        string? failure = "its name has no address";
        IPEndPoint[] endpoints = Volatile.Read(ref _endpoints);
        for (int attempt = 0; attempt < endpoints.Length; attempt++)
        {
            (Socket? socket, failure) = await TryConnectAsync(endpoints[Interlocked.Increment(ref _turn) % endpoints.Length]).ConfigureAwait(false);
            if (socket is not null)
            {
                return socket;
            }
        }

        Interlocked.Increment(ref _counters.ConnectFailures);
        SetHealth(false, failure);
        return null;
    }

    /// <summary>Says in the log, at most once a second, that a connection went elsewhere.</summary>
    public void TellSkipping()
    {
        long last = Volatile.Read(ref _toldSkipping);
        if ((last == 0 || Stopwatch.GetElapsedTime(last) > TellingInterval) && Interlocked.CompareExchange(ref _toldSkipping, Stopwatch.GetTimestamp(), last) == last)
        {
            _logger.LogWarning("skipping unhealthy backend: {Target} of app {App}", Address, _app);
        }
    }

    /// <summary>Ends its health checks. Its connections stay.</summary>
    public void Dispose() => _stopping.Cancel();

    private async Task CheckAsync(TimeSpan interval)
    {
        using PeriodicTimer timer = new(interval);
        try
        {
            await _firstLookup.ConfigureAwait(false);
            do
            {
                if (Stopwatch.GetElapsedTime(_resolved) > ResolveInterval || Volatile.Read(ref _endpoints).Length == 0)
                {
                    await ResolveAsync().ConfigureAwait(false);
                }

                // Healthy as soon as one of its addresses is.
                string? failure = "its name has no address";
                foreach (IPEndPoint endpoint in Volatile.Read(ref _endpoints))
                {
                    (Socket? socket, failure) = await TryConnectAsync(endpoint).ConfigureAwait(false);
                    if (socket is not null)
                    {
                        socket.Dispose();
                        break;
                    }
                }

                SetHealth(failure is null, failure);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // No longer one of the app's targets.
        }
    }

    private static async ValueTask<(Socket? Socket, string? Failure)> TryConnectAsync(IPEndPoint endpoint)
    {
        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            using CancellationTokenSource deadline = new(ConnectTimeout);
            await socket.ConnectAsync(endpoint, deadline.Token).ConfigureAwait(false);
            return (socket, null);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return (null, e.Message);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            return (null, "no answer");
        }
    }

    private async Task ResolveAsync()
    {
        _resolved = Stopwatch.GetTimestamp();
        try
        {
            IPAddress[] addresses = IPAddress.TryParse(Address.Host, out IPAddress? address) ? [address] : await Dns.GetHostAddressesAsync(Address.Host, _stopping.Token).ConfigureAwait(false);
            Volatile.Write(ref _endpoints, [.. addresses.Select(found => new IPEndPoint(found, Address.Port))]);
        }
        catch (SocketException e)
        {
            // The addresses from before are still the best there is.
            string failure = e.Message;
            _logger.LogWarning("{Target} of app {App} cannot be looked up: {Failure}", Address, _app, failure);
        }
        catch (OperationCanceledException)
        {
            // No longer one of the app's targets.
        }
    }

    private void SetHealth(bool isHealthy, string? failure)
    {
        if (Interlocked.Exchange(ref _isHealthy, isHealthy) == isHealthy)
        {
            return;
        }

        if (!isHealthy)
        {
            _logger.LogWarning("{Target} of app {App} is unhealthy: {Failure}", Address, _app, failure);
        }
        else if (_logger.IsEnabled(LogLevel.Information))
        {
            _logger.LogInformation("{Target} of app {App} is healthy again", Address, _app);
        }
    }
}

/// <summary>What went to a target and came back.</summary>
internal struct TargetCounters
{
    public long Connections;
    public long Active;
    public long ConnectFailures;
    public long Resets;
    public long BytesToTarget;
    public long BytesFromTarget;
    public long Spliced;
}
