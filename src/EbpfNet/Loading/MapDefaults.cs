using System.Numerics;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What of a map's definition follows from its kind and from the machine, and what the kernel must not be told for it.</summary>
internal static class MapDefaults
{
    private const int FileDescriptorSize = 4;

    /// <summary>The request for a map, before descriptors and type ids are filled in.</summary>
    public static MapCreateAttribute Complete(BpfMapSpec map)
    {
        var attribute = new MapCreateAttribute
        {
            MapType = map.Type,
            KeySize = (uint)map.KeySize,
            ValueSize = (uint)map.ValueSize,
            MaxEntries = map.MaxEntries,
            MapFlags = map.Flags,
            MapExtra = map.Extra,
            MapName = KernelName.From(map.KernelName),
        };
        if (map.NumaNode is { } node)
        {
            attribute.NumaNode = (uint)node;
            attribute.MapFlags |= BpfMapFlags.NumaNode;
        }

        switch (map.Type)
        {
            case BpfMapType.PerfEventArray:
                attribute.KeySize = map.KeySize == 0 ? FileDescriptorSize : attribute.KeySize;
                attribute.ValueSize = map.ValueSize == 0 ? FileDescriptorSize : attribute.ValueSize;
                uint cpus = (uint)PossibleCpus.Count;
                attribute.MaxEntries = map.MaxEntries == 0 ? cpus : Math.Min(map.MaxEntries, cpus);
                break;
            case BpfMapType.CpuMap when map.MaxEntries == 0:
                attribute.MaxEntries = (uint)PossibleCpus.Count;
                break;
            case BpfMapType.RingBuf or BpfMapType.UserRingBuf:
                attribute.MaxEntries = RoundToRing(map.MaxEntries, (uint)Environment.SystemPageSize);
                break;
            case BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps when map.ValueSize == 0:
                attribute.ValueSize = FileDescriptorSize;
                break;
        }

        return attribute;
    }

    /// <summary>A ring takes a power of two, and whole pages. Zero stays, for the kernel to refuse; so does what no power of two reaches.</summary>
    public static uint RoundToRing(uint size, uint pageSize) =>
        size is 0 or > 1u << 31 ? size : Math.Max(BitOperations.RoundUpToPowerOf2(size), pageSize);

    /// <summary>Kinds whose keys and values are the kernel's own, for which it refuses to be told types.</summary>
    public static bool TakesTypes(BpfMapType type) => type is not (
        BpfMapType.PerfEventArray or BpfMapType.CgroupArray or BpfMapType.StackTrace or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps
        or BpfMapType.DevMap or BpfMapType.DevMapHash or BpfMapType.CpuMap or BpfMapType.XskMap or BpfMapType.SockMap or BpfMapType.SockHash
        or BpfMapType.Queue or BpfMapType.Stack or BpfMapType.Arena);
}
