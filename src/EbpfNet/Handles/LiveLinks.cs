using System.Collections.Concurrent;

namespace EbpfNet;

/// <summary>Keeps every live link reachable, so that only its owner, or the end of the process, detaches it.</summary>
internal static class LiveLinks
{
    private static readonly ConcurrentDictionary<BpfLink, byte> Links = new(ReferenceEqualityComparer.Instance);

    static LiveLinks() => AppDomain.CurrentDomain.ProcessExit += (_, _) => EndLeftovers();

    public static void Add(BpfLink link) => Links.TryAdd(link, 0);

    public static void Remove(BpfLink link) => Links.TryRemove(link, out _);

    /// <summary>Runs as the process ends, by itself or by a signal: says what was never disposed, and undoes what would outlive the process.</summary>
    internal static void EndLeftovers()
    {
        foreach (BpfLink link in Links.Keys)
        {
            EbpfNetEventSource.Log.LinkNotDisposed(link.ToString() ?? "", link.ProgramText);
            link.EndWithProcess();
        }
    }
}
