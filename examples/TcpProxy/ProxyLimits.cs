using System.Collections.Concurrent;

namespace TcpProxy;

/// <summary>The connections of all apps: how many there may be, and which there are.</summary>
/// <param name="most">How many there may be.</param>
internal sealed class ProxyLimits(int most)
{
    private readonly ConcurrentDictionary<Relay, bool> _relays = [];
    private int _count;
    private long _refused;
    private long _idle;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many were refused because there were as many as there may be.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>How many were cut off because they were idle.</summary>
    public long Idle => Volatile.Read(ref _idle);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= most)
        {
            return true;
        }

        Leave();
        Interlocked.Increment(ref _refused);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Remembers a connection until what is returned is disposed.</summary>
    public Tracked Track(Relay relay)
    {
        _relays.TryAdd(relay, true);
        return new Tracked(this, relay);
    }

    /// <summary>Cuts all off.</summary>
    public void CutAll()
    {
        foreach ((Relay relay, _) in _relays)
        {
            relay.Cut();
        }
    }

    /// <summary>Cuts off, until it is stopped, those over which nothing has passed for so long.</summary>
    public async Task EndIdleAsync(TimeSpan timeout, CancellationToken stop)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(Math.Clamp(timeout.TotalSeconds / 4, 0.05, 30)));
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                foreach ((Relay relay, _) in _relays)
                {
                    if (relay.Quiet > timeout)
                    {
                        relay.Cut();
                        Interlocked.Increment(ref _idle);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy ends.
        }
    }

    internal readonly struct Tracked(ProxyLimits limits, Relay relay) : IDisposable
    {
        public void Dispose() => limits._relays.TryRemove(relay, out _);
    }
}
