using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The pins of a link that its object knows of.</summary>
internal sealed class LinkPins
{
    private readonly List<string> _paths = [];

    public int Count => _paths.Count;

    /// <summary>Remembers a pin, wherever the process will be when it is removed.</summary>
    public void Add(string path) => _paths.Add(Path.GetFullPath(path));

    /// <summary>Removes the pins; what somebody else has pinned in the place of one meanwhile is left alone.</summary>
    /// <param name="link">The link.</param>
    /// <param name="what">The link as messages call it.</param>
    /// <returns>How many were known.</returns>
    public int RemoveAll(BpfHandle link, string what)
    {
        int known = _paths.Count;
        while (_paths.Count > 0)
        {
            if (IsOf(link, _paths[^1]))
            {
                KernelObjects.Unpin(_paths[^1], what);
            }

            _paths.RemoveAt(_paths.Count - 1);
        }

        return known;
    }

    /// <summary>Whether what is pinned there is surely nothing but the link; yes also where that cannot be told, so that removing it says why.</summary>
    private static bool IsOf(BpfHandle link, string path)
    {
        LinkInfoData own = default;
        if (KernelObjects.TryGetInfo(link, ref own) != BpfErrno.None || own.Id == 0 || KernelObjects.TryOpenPin(path, out BpfHandle? there) != BpfErrno.None)
        {
            return true; // Linux 5.7 tells no ids.
        }

        using (there)
        {
            LinkInfoData found = default;
            return ObjectKind.IsLink(there!) && KernelObjects.TryGetInfo(there!, ref found) == BpfErrno.None && found.Id == own.Id;
        }
    }
}
