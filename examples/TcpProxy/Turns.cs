using System.Diagnostics;

namespace TcpProxy;

/// <summary>What connections are spread over, as long as it accepts them.</summary>
internal interface IHasHealth
{
    bool IsHealthy { get; }
}

/// <summary>Whose turn it is.</summary>
internal static class Turns
{
    /// <summary>The place of the healthy one whose turn it is; -1 where none is healthy. Those that are not leave their turns to all others alike.</summary>
    /// <param name="all">All.</param>
    /// <param name="turn">How many turns there were.</param>
    public static int Next<T>(T[] all, ref uint turn)
        where T : IHasHealth
    {
        uint healthy = 0;
        foreach (T one in all)
        {
            healthy += one.IsHealthy ? 1u : 0;
        }

        uint left = healthy == 0 ? 0 : Interlocked.Increment(ref turn) % healthy;
        for (int at = 0; at < all.Length; at++)
        {
            if (all[at].IsHealthy && left-- == 0)
            {
                return at;
            }
        }

        return Array.FindIndex(all, one => one.IsHealthy); // one has become unhealthy meanwhile
    }
}

/// <summary>Says whether something may be told again.</summary>
internal sealed class OncePerSecond
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long _last;

    /// <summary>Whether it was not told within the last second. Who gets that answer tells it.</summary>
    public bool IsDue()
    {
        long last = Volatile.Read(ref _last);
        return (last == 0 || Stopwatch.GetElapsedTime(last) >= Interval) && Interlocked.CompareExchange(ref _last, Stopwatch.GetTimestamp(), last) == last;
    }
}
