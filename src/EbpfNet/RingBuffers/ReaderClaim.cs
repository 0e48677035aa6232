namespace EbpfNet;

/// <summary>Who reads a map, among all objects of this process that stand for it: one at a time.</summary>
internal sealed class ReaderClaim
{
    private static readonly Dictionary<uint, WeakReference<ReaderClaim>> Claims = [];

    private int _isTaken;

    /// <summary>The claim that all readers of a map share.</summary>
    /// <param name="mapId">The map's id, which no other map has for as long as this one is open.</param>
    public static ReaderClaim For(uint mapId)
    {
        lock (Claims)
        {
            if (Claims.TryGetValue(mapId, out WeakReference<ReaderClaim>? known) && known.TryGetTarget(out ReaderClaim? claim))
            {
                return claim;
            }

            foreach ((uint id, WeakReference<ReaderClaim> other) in Claims)
            {
                if (!other.TryGetTarget(out _))
                {
                    Claims.Remove(id);
                }
            }

            claim = new ReaderClaim();
            Claims[mapId] = new WeakReference<ReaderClaim>(claim);
            return claim;
        }
    }

    public bool TryTake() => Interlocked.CompareExchange(ref _isTaken, 1, 0) == 0;

    public void GiveBack() => Volatile.Write(ref _isTaken, 0);
}
