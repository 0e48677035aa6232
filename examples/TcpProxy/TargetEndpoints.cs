using System.Net;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>One of the addresses of a target.</summary>
internal sealed class TargetEndpoint(IPEndPoint address) : IHasHealth
{
    private bool _isHealthy = true;

    public IPEndPoint Address => address;

    /// <summary>Whether it accepts connections. Innocent until it fails.</summary>
    public bool IsHealthy
    {
        get => Volatile.Read(ref _isHealthy);
        set => Volatile.Write(ref _isHealthy, value);
    }
}

/// <summary>The addresses of a target: one that is given, or those of a name, looked up again and again. Whoever checks or connects never waits for that.</summary>
internal sealed class TargetEndpoints(string app, TargetAddress target, TargetNetwork network, ILogger logger)
{
    private const int Most = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IntervalWithout = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _lookedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TargetEndpoint[] _all = [];
    private string? _told;

    /// <summary>Those of now.</summary>
    public TargetEndpoint[] All => Volatile.Read(ref _all);

    /// <summary>Ends when the name was looked up for the first time, with or without success.</summary>
    public Task LookedUp => _lookedUp.Task;

    /// <summary>Keeps the addresses up to date.</summary>
    /// <param name="changed">Called with those that are new; and with none, where a name turned out to have none.</param>
    /// <param name="stop">Ends it.</param>
    public async Task FollowAsync(Action<IEnumerable<TargetEndpoint>> changed, CancellationToken stop)
    {
        IPAddress? address = IPAddress.TryParse(target.Host, out IPAddress? parsed) ? parsed : null; // else a name
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Set(address is not null ? [address] : await network.LookUpAsync(target.Host, stop).ConfigureAwait(false), changed);
                if (address is not null)
                {
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                return; // no longer one of the app's targets
            }
#pragma warning disable CA1031 // Whatever is wrong, it is tried again: the addresses from before are still the best there is.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Tell(e.Message);
                if (!_lookedUp.Task.IsCompleted)
                {
                    Set([], changed);
                }
            }

            await Task.Delay(All.Length == 0 ? IntervalWithout : Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Set(IPAddress[] addresses, Action<IEnumerable<TargetEndpoint>> changed)
    {
        bool IsProxy(IPAddress address) => network.IsProxy(new IPEndPoint(address, target.Port));
        if (Array.Find(addresses, IsProxy) is { } own)
        {
            Tell($"{new IPEndPoint(own, target.Port)} is this proxy itself");
        }
        else if (addresses.Length > 0)
        {
            _told = null;
        }

        TargetEndpoint[] before = All;
        TargetEndpoint[] now = [.. addresses.Where(address => !IsProxy(address)).Distinct().Take(Most).Select(address => Array.Find(before, one => one.Address.Address.Equals(address)) ?? new TargetEndpoint(new IPEndPoint(address, target.Port)))];
        Volatile.Write(ref _all, now);
        changed(now.Except(before));
        _lookedUp.TrySetResult();
    }

    /// <summary>Says why there is no address, once for each reason.</summary>
    private void Tell(string failure)
    {
        if (_told != failure)
        {
            _told = failure;
            logger.LogWarning("{Target} of app {App} cannot be looked up: {Failure}", target, app, failure);
        }
    }
}
