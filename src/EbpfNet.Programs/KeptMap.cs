namespace EbpfNet.Programs;

/// <summary>Maps whose contents a class keeps a list of: what others put there would be in force, but in no list, and could not be removed.</summary>
internal static class KeptMap
{
    /// <exception cref="InvalidOperationException">The map, just loaded, holds something.</exception>
    internal static void RequireEmpty(BpfMap map, int count)
    {
        if (count != 0)
        {
            throw new InvalidOperationException(
                $"Map '{map.Name}' was pinned before, and holds {count} {(count == 1 ? "entry" : "entries")} that this process knows nothing of. Give it another {nameof(BpfMapSpec.PinPath)}, or empty or remove what is pinned there.");
        }
    }
}
