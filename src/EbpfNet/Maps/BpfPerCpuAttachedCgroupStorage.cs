using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Values for each CPU that the programs of one object have where they are attached to control groups (<c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c>, Linux 4.20): like
/// <see cref="BpfAttachedCgroupStorage{TKey, TValue}"/>.
/// </summary>
/// <typeparam name="TKey">The type of the keys: <see cref="BpfAttachedCgroupKey"/>, or <see cref="ulong"/> where all hooks of a control group share a value (Linux 5.9).</typeparam>
/// <typeparam name="TValue">The type of one CPU's value, laid out as the C type.</typeparam>
/// <remarks>Every operation is one system call and allocates nothing. Members may be called from several threads. <c>TryGetSum</c> adds the values up (<see cref="BpfPerCpuExtensions"/>).</remarks>
public sealed unsafe class BpfPerCpuAttachedCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Makes a view of a map.</summary>
    /// <param name="map">The map. It stays its owner's.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    public BpfPerCpuAttachedCgroupStorage(BpfMap map)
    {
        MapView.RequireKind(map, nameof(BpfPerCpuAttachedCgroupStorage<TKey, TValue>), BpfMapType.PerCpuCgroupStorage);
        MapView.RequireKey<TKey>(map);
        MapView.RequireValue<TValue>(map);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        CpuCount = PossibleCpus.Count;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>How many values there are in each element.</summary>
    public int CpuCount { get; }

    /// <summary>The number of elements, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, PerCpuValues.Size<TValue>(CpuCount));

    /// <summary>Reads the values of an attachment (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="perCpu">Where the values of all CPUs go; at least <see cref="CpuCount"/> elements. Unchanged when there are none.</param>
    /// <returns>Whether there are any: a program of the object is, or was, attached there.</returns>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(in TKey key, Span<TValue> perCpu)
    {
        fixed (TKey* k = &key)
        {
            return Found(PerCpuValues.Lookup(Map, k, perCpu, CpuCount));
        }
    }

    /// <summary>Reads the values of an attachment and combines them.</summary>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="combine">Makes one value of two.</param>
    /// <param name="combined">The result; all zero when there are none.</param>
    /// <returns>Whether there are any: a program of the object is, or was, attached there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryAggregate(in TKey key, Func<TValue, TValue, TValue> combine, out TValue combined)
    {
        fixed (TKey* k = &key)
        {
            return Found(PerCpuValues.Aggregate(Map, k, CpuCount, combine, out combined));
        }
    }

    /// <summary>Whether there are values: a program of the object is, or was, attached there.</summary>
    /// <param name="key">Where.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryAggregate(key, static (first, _) => first, out _);

    /// <summary>Replaces the values of an attachment (<c>BPF_EXIST</c>).</summary>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <returns>Whether there are any: a program of the object is, or was, attached there.</returns>
    /// <exception cref="ArgumentException">There are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(in TKey key, ReadOnlySpan<TValue> perCpu)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.Update(Map, k, perCpu, CpuCount, (ulong)BpfElementFlags.Exist);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowUpdate(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Walks over the elements, the oldest first. It ends early when the control group that it has reached is removed.</summary>
    /// <returns>The enumerator.</returns>
    public BpfPerCpuEnumerator<TKey, TValue> GetEnumerator() => new(MapWalk.Begin(Map, PerCpuValues.Size<TValue>(CpuCount)));

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    internal bool Found(int result)
    {
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(Map, result);
        }

        return result >= 0;
    }
}
