using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>Which objects are pinned where, on the BPF file systems that this process sees.</summary>
internal sealed class Pins
{
    private const int DeepestFolder = 16;

    private readonly Dictionary<(ObjectKinds Kind, uint Id), List<string>> _pins = [];

    private Pins()
    {
    }

    /// <summary>Looks at all mounted BPF file systems.</summary>
    internal static Pins Find()
    {
        Pins found = new();
        foreach (string folder in Mounts.Of("bpf"))
        {
            found.Look(folder);
        }

        return found;
    }

    /// <summary>The paths at which an object is pinned.</summary>
    internal IReadOnlyList<string> Of(ObjectKinds kind, uint id) => _pins.TryGetValue((kind, id), out List<string>? paths) ? paths : [];

    private void Look(string folder)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = DeepestFolder, IgnoreInaccessible = true, AttributesToSkip = 0 };
        foreach (string path in Directory.EnumerateFiles(folder, "*", options))
        {
            if (KernelObjects.TryOpenPin(path, out BpfHandle? handle) == BpfErrno.None)
            {
                using (handle)
                {
                    Add(handle!, path);
                }
            }
        }
    }

    private void Add(BpfHandle handle, string path)
    {
        DescriptorInfo info = DescriptorInfo.Read(handle);
        (ObjectKinds Kind, ulong? Id) found = info["link_id"] is { } link ? (ObjectKinds.Links, link)
            : info["map_id"] is { } map ? (ObjectKinds.Maps, map)
            : (ObjectKinds.Programs, info["prog_id"]);
        if (found.Id is { } id)
        {
            if (!_pins.TryGetValue((found.Kind, (uint)id), out List<string>? paths))
            {
                _pins.Add((found.Kind, (uint)id), paths = []);
            }

            if (!paths.Contains(path))
            {
                paths.Add(path);
            }
        }
    }
}
