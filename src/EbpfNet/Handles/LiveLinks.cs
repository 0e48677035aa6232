using System.Collections.Concurrent;

namespace EbpfNet;

/// <summary>Keeps every live link reachable, so that only its owner, or the end of the process, detaches it.</summary>
internal static class LiveLinks
{
    /// <summary>How long the end of the process waits for those that are just being made, or that another thread is busy with; and those that are to be made, for the end.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly ConcurrentDictionary<BpfLink, byte> Links = new(ReferenceEqualityComparer.Instance);

    private static int _beingMade;
    private static volatile bool _isEnding;

    [ThreadStatic]
    private static int _beingMadeHere;

    static LiveLinks()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndLeftovers();
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            if (e.IsTerminating)
            {
                EndLeftovers(); // The runtime aborts then, without ProcessExit.
            }
        };
    }

    public static void Add(BpfLink link) => Links.TryAdd(link, 0);

    public static void Remove(BpfLink link) => Links.TryRemove(link, out _);

    /// <summary>To be held from before the kernel attaches a program that would outlive the process until its link is a live one: the end of the process waits for that.</summary>
    public static Making Make()
    {
        Interlocked.Increment(ref _beingMade); // Before the look at the end: either this sees it, or it sees this.
        if (_isEnding)
        {
            Interlocked.Decrement(ref _beingMade);
            SpinWait.SpinUntil(static () => !_isEnding, Patience);
            _isEnding = false; // It has survived: somebody who was asked later wanted it to go on.
            Interlocked.Increment(ref _beingMade);
        }

        _beingMadeHere++;
        return default;
    }

    /// <summary>The process goes on.</summary>
    internal static void GoOn() => _isEnding = false;

    /// <summary>Runs as the process ends, by itself, by a signal or by an exception: says what was never disposed, and undoes what would outlive the process.</summary>
    internal static void EndLeftovers()
    {
        _isEnding = true;

        // What this thread itself was making when it failed is made no more.
        SpinWait.SpinUntil(() => Volatile.Read(ref _beingMade) == _beingMadeHere, Patience);
        foreach (BpfLink link in Links.Keys)
        {
            End(link);
        }
    }

    private static void End(BpfLink link)
    {
        try
        {
            EbpfNetEventSource.Log.LinkNotDisposed(link.ToString() ?? "", link.ProgramText);
            link.EndWithProcess();
        }
#pragma warning disable CA1031 // The others are to be ended, whatever this one met; and an exception here would be the process's last word.
        catch (Exception e)
#pragma warning restore CA1031
        {
            EbpfNetEventSource.Log.DetachFailed(link.GetType().Name, e.Message);
        }
    }

    /// <summary>An attachment that is being made by this thread.</summary>
    internal readonly ref struct Making
    {
#pragma warning disable CA1822 // It stands for a state of the thread.
        public void Dispose()
#pragma warning restore CA1822
        {
            _beingMadeHere--;
            Interlocked.Decrement(ref _beingMade);
            if (_isEnding)
            {
                EndLeftovers(); // The end may have lost its patience with this one.
            }
        }
    }
}
