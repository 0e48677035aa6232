using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>What all typed views share: the checks when one is made, and the operations on whole maps.</summary>
internal static unsafe class MapView
{
    private const int ClearBytes = 4096;

    public static void RequireKind(BpfMap map, string view, params BpfMapType[] kinds)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (Array.IndexOf(kinds, map.Type) < 0)
        {
            string advice = ViewFor(map.Type) is { } other ? $"; use {other}" : "";
            throw new ArgumentException($"{map} is of type {map.Type.CName()}, which {view} is not for{advice}.", nameof(map));
        }
    }

    public static void RequireKey<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(BpfMap map)
        where T : unmanaged =>
        BpfLayout.Require<T>($"the keys of {map}", map.KeySize, map.Btf, map.KeyTypeId);

    public static void RequireValue<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(BpfMap map)
        where T : unmanaged =>
        BpfLayout.Require<T>($"the values of {map}", map.ValueSize, map.Btf, map.ValueTypeId);

    public static int Count(BpfMap map, int valueSize)
    {
        using MapWalk walk = MapWalk.Begin(map, valueSize);
        int count = 0;
        while (walk.MoveNext())
        {
            count++;
        }

        return count;
    }

    /// <summary>Removes all elements: by batches where the kernel has that, else those that a walk shows.</summary>
    public static void Clear(BpfMap map, int valueSize)
    {
        if (map.Type != BpfMapType.LpmTrie && map.HasBatches != false && HashTableBatches.TryClear(map, valueSize))
        {
            return;
        }

        int most = Math.Clamp(ClearBytes / map.KeySize, 1, ClearBytes);
        byte[] found = ArrayPool<byte>.Shared.Rent(most * map.KeySize);
        try
        {
            using MapWalk walk = MapWalk.Begin(map, valueSize);
            fixed (byte* keys = found)
            {
                int count = 0;
                while (walk.MoveNext())
                {
                    MemoryMarshal.CreateReadOnlySpan(ref walk.Element.Key, map.KeySize).CopyTo(found.AsSpan(count * map.KeySize));
                    if (++count == most)
                    {
                        HashTableRanges.Remove(map, keys, count);
                        count = 0;
                    }
                }

                HashTableRanges.Remove(map, keys, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(found);
        }
    }

    private static string? ViewFor(BpfMapType type) => type switch
    {
        BpfMapType.Hash or BpfMapType.LruHash or BpfMapType.RHash => "BpfHashMap<TKey, TValue>",
        BpfMapType.PerCpuHash or BpfMapType.LruPerCpuHash => "BpfPerCpuHashMap<TKey, TValue>",
        BpfMapType.Array => "BpfArray<T>",
        BpfMapType.PerCpuArray => "BpfPerCpuArray<T>",
        BpfMapType.LpmTrie => "BpfLpmTrie<TKey, TValue>",
        BpfMapType.HashOfMaps or BpfMapType.ArrayOfMaps => "BpfMapOfMaps<TKey>",
        BpfMapType.ProgArray => "BpfProgramArray",
        BpfMapType.SockMap => "BpfSockMap",
        BpfMapType.SockHash => "BpfSockHash<TKey>",
        BpfMapType.ReusePortSockArray => "BpfReusePortSockArray",
        BpfMapType.DevMap => "BpfDeviceMap",
        BpfMapType.DevMapHash => "BpfDeviceHashMap",
        BpfMapType.CpuMap => "BpfCpuMap",
        BpfMapType.XskMap => "BpfXskMap",
        BpfMapType.Queue => "BpfQueue<T>",
        BpfMapType.Stack => "BpfStack<T>",
        BpfMapType.BloomFilter => "BpfBloomFilter<T>",
        BpfMapType.RingBuf => "BpfRingBuffer",
        BpfMapType.UserRingBuf => "BpfUserRingBuffer",
        BpfMapType.StackTrace => "BpfStackTraceMap",
        BpfMapType.Arena => "BpfArena",
        BpfMapType.PerfEventArray => "BpfPerfBuffer, or BpfPerfEventArray",
        BpfMapType.CgroupArray => "BpfCgroupArray",
        BpfMapType.TaskStorage => "BpfTaskStorage<T>",
        BpfMapType.SkStorage => "BpfSocketStorage<T>",
        BpfMapType.InodeStorage => "BpfInodeStorage<T>",
        BpfMapType.CgrpStorage => "BpfCgroupStorage<T>",
        BpfMapType.CgroupStorage => "BpfAttachedCgroupStorage<TKey, TValue>",
        BpfMapType.PerCpuCgroupStorage => "BpfPerCpuAttachedCgroupStorage<TKey, TValue>",
        BpfMapType.StructOps => "BpfStructOpsMap",
        _ => null,
    };
}
