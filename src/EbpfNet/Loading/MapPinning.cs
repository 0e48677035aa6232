using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Maps that are shared between loads by a pin: where it is, and whether what is there fits.</summary>
internal static class MapPinning
{
    private const string DefaultFolder = "/sys/fs/bpf";
    private const string Iproute2Folder = "/sys/fs/bpf/tc/globals";

    /// <summary>Where a map is pinned; <see langword="null"/> when it is not.</summary>
    public static string? FindPath(BpfMapSpec map, BpfLoadOptions options) =>
        map.PinPath ?? (map.Pinning == BpfMapPinning.ByName || map.Iproute2 is { Pinning: BpfIproute2Pinning.Global }
            ? Path.Combine(options.PinDirectory ?? (map.Pinning == BpfMapPinning.ByName ? DefaultFolder : Iproute2Folder), map.Name.Replace('.', '_')) // The BPF file system takes no '.' in names.
            : null);

    /// <summary>Opens the map that is pinned at a path, if there is one.</summary>
    /// <exception cref="BpfNotSupportedException">It is not the map that is wanted; the message names what differs.</exception>
    public static BpfMap? TryOpen(string path, BpfMapSpec map, in MapCreateAttribute wanted, BtfSpec? btf)
    {
        BpfErrno error = KernelObjects.TryOpenPin(path, out BpfHandle? handle);
        if (error == BpfErrno.ENOENT)
        {
            return null;
        }

        handle ??= KernelObjects.OpenPin(path, $"map '{map.Name}'"); // Once more, for the message.
        try
        {
            ObjectKind.Require(handle, ObjectKind.Map, path);
            MapInfoData info = KernelObjects.GetInfo<MapInfoData>(handle, $"the map that is pinned at '{path}'");
            List<string> differences = Compare(info, wanted);
            return differences.Count == 0
                ? BpfMap.FromHandle(handle, map.Name, btf, map.KeyTypeId ?? default, map.ValueTypeId ?? default)
                : throw new BpfNotSupportedException(
                    $"Sharing map '{map.Name}' through '{path}'",
                    $"the map that is pinned there is another one ({string.Join("; ", differences)}); remove that pin, change the definition, or choose another PinDirectory");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether the map with this id is what is pinned at a path; kernels before 4.13, which have no ids, are believed.</summary>
    public static bool IsAt(string path, uint id)
    {
        if (KernelObjects.TryOpenPin(path, out BpfHandle? handle) != BpfErrno.None)
        {
            return false;
        }

        using (handle)
        {
            MapInfoData info = default;
            return id == 0 || (KernelObjects.TryGetInfo(handle!, ref info) == BpfErrno.None && info.Id == id);
        }
    }

    /// <summary>Every property in which a map differs from a request for one.</summary>
    public static List<string> Compare(in MapInfoData there, in MapCreateAttribute wanted)
    {
        // The kernel adds the read-only flag to device maps by itself. On which node the memory is makes no other map, nor entries for CPUs that there cannot be.
        BpfMapFlags ignored = BpfMapFlags.NumaNode | (there.Type is BpfMapType.DevMap or BpfMapType.DevMapHash ? BpfMapFlags.ReadOnlyProgram : BpfMapFlags.None);
        var differences = new List<string>();
        Check("its type", there.Type, wanted.MapType);
        Check("its key size", there.KeySize, wanted.KeySize);
        Check("its value size", there.ValueSize, wanted.ValueSize);
        Check("its max_entries", there.Type == BpfMapType.PerfEventArray ? Math.Min(there.MaxEntries, (uint)PossibleCpus.Count) : there.MaxEntries, wanted.MaxEntries);
        Check("its flags", there.MapFlags & ~ignored, wanted.MapFlags & ~ignored);
        Check("its map_extra", there.MapExtra, wanted.MapExtra);
        return differences;

        void Check<T>(string what, T found, T expected)
            where T : notnull
        {
            if (!found.Equals(expected))
            {
                differences.Add($"{what} is {found} instead of {expected}");
            }
        }
    }
}
