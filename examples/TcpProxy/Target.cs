using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>One of an app's targets: whether it answers, at which of its addresses, and what went there.</summary>
internal sealed class Target : IHasHealth, IDisposable
{
    /// <summary>How long a target may take to accept a connection.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly string _app;
    private readonly TargetNetwork _network;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TargetEndpoints _endpoints;
    private readonly Lock _health = new();
    private readonly OncePerSecond _tellSkipping = new();
    private uint _turn;
    private bool _isHealthy = true;
    private TargetCounters _counters;

    public Target(string app, TargetAddress address, TimeSpan checkInterval, TargetNetwork network, ILogger logger)
    {
        (_app, Address, _network, _logger) = (app, address, network, logger);
        _endpoints = new TargetEndpoints(app, address, network, logger);
        _ = _endpoints.FollowAsync(Found, _stopping.Token);
        _ = CheckAlwaysAsync(checkInterval);
    }

    public TargetAddress Address { get; }

    /// <summary>Whether connections are brought there: as long as one of its addresses accepts them.</summary>
    public bool IsHealthy => Volatile.Read(ref _isHealthy);

    /// <summary>What was counted, to be changed by interlocked operations.</summary>
    public ref TargetCounters Counters => ref _counters;

    /// <summary>Opens a connection to the address whose turn it is, or to the next that accepts.</summary>
    /// <returns>The connection; <see langword="null"/> where that failed.</returns>
    public async ValueTask<Socket?> ConnectAsync()
    {
        if (!_endpoints.LookedUp.IsCompleted)
        {
            await Task.WhenAny(_endpoints.LookedUp, Task.Delay(ConnectTimeout, _stopping.Token)).ConfigureAwait(false);
        }

        TargetEndpoint[] endpoints = _endpoints.All;
        int first = Turns.Next(endpoints, ref _turn);
        for (int after = 0; first >= 0 && after < endpoints.Length; after++)
        {
            TargetEndpoint endpoint = endpoints[(first + after) % endpoints.Length];
            if (endpoint.IsHealthy && await TryConnectAsync(endpoint).ConfigureAwait(false) is { } socket)
            {
                return socket;
            }
        }

        if (endpoints.Length == 0)
        {
            Found([]); // its name is still looked up
        }

        if (!IsHealthy) // else it is this machine that could not
        {
            Interlocked.Increment(ref _counters.ConnectFailures);
        }

        return null;
    }

    /// <summary>Says in the log, at most once a second, that a connection went elsewhere.</summary>
    public void TellSkipping()
    {
        if (_tellSkipping.IsDue())
        {
            _logger.LogWarning("skipping unhealthy backend: {Target} of app {App}", Address, _app);
        }
    }

    /// <summary>Ends its health checks. Its connections stay.</summary>
    public void Dispose() => _stopping.Cancel();

    private async Task CheckAlwaysAsync(TimeSpan interval)
    {
        using PeriodicTimer timer = new(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                await Task.WhenAll(_endpoints.All.Select(CheckAsync)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // No longer one of the app's targets.
        }
    }

    private async Task CheckAsync(TargetEndpoint endpoint) => (await TryConnectAsync(endpoint).ConfigureAwait(false))?.Dispose();

    /// <summary>Connects, and remembers whether it could. Never throws.</summary>
    private async ValueTask<Socket?> TryConnectAsync(TargetEndpoint endpoint)
    {
        try
        {
            if (_network.IsProxy(endpoint.Address))
            {
                SetHealth(endpoint, "it is this proxy itself");
                return null;
            }

            using CancellationTokenSource deadline = new(ConnectTimeout);
            Socket socket = await _network.ConnectAsync(endpoint.Address, deadline.Token).ConfigureAwait(false);
            SetHealth(endpoint, failure: null);
            return socket;
        }
#pragma warning disable CA1031 // Whatever it is, health checks go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (TargetNetwork.IsOwnTrouble(e))
            {
                _network.TellOwnTrouble(endpoint.Address, e);
            }
            else
            {
                SetHealth(endpoint, e is OperationCanceledException ? "no answer" : e.Message);
            }

            return null;
        }
    }

    private void Found(IEnumerable<TargetEndpoint> found)
    {
        Judge("its name has no address");
        foreach (TargetEndpoint endpoint in found)
        {
            _ = CheckAsync(endpoint);
        }
    }

    private void SetHealth(TargetEndpoint endpoint, string? failure)
    {
        if (endpoint.IsHealthy == failure is null)
        {
            return;
        }

        endpoint.IsHealthy = failure is null;
        if (failure is not null && _endpoints.All.Length > 1)
        {
            _logger.LogWarning("{Endpoint} of {Target} of app {App} is passed over: {Failure}", endpoint.Address, Address, _app, failure);
        }

        Judge(failure);
    }

    private void Judge(string? failure)
    {
        lock (_health)
        {
            bool isHealthy = Array.Exists(_endpoints.All, endpoint => endpoint.IsHealthy);
            if (_isHealthy == isHealthy)
            {
                return;
            }

            Volatile.Write(ref _isHealthy, isHealthy);
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
    public long Redirected;
}
