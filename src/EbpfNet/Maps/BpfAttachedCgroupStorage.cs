using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Values that the programs of one object have where they are attached to control groups (<c>BPF_MAP_TYPE_CGROUP_STORAGE</c>, Linux 4.19, superseded by what is kept
/// with control groups themselves: <see cref="BpfCgroupStorage{T}"/>). Programs get theirs with <c>bpf_get_local_storage</c>.
/// </summary>
/// <typeparam name="TKey">
/// The type of the keys: <see cref="BpfAttachedCgroupKey"/> where there is a value for each hook, <see cref="ulong"/>, the number of a control group (<see cref="BpfCgroup.Id"/>), where its hooks share one (Linux 5.9).
/// </typeparam>
/// <typeparam name="TValue">The type of the values, laid out as the C type.</typeparam>
/// <remarks>
/// An element, all zero, comes with the first attachment and goes with the control group (before Linux 5.9 with the attachment): user space reads and replaces values, but
/// neither adds nor removes any. Every operation is one system call and allocates nothing. Members may be called from several threads. Values that are larger than 8 bytes may be read while they are half written, unless they have a <see cref="BpfSpinLock"/>, under which they are then copied.
/// </remarks>
public sealed unsafe class BpfAttachedCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>
    : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly ulong _lock; // BPF_F_LOCK where the values have one.

    /// <summary>Makes a view of a map.</summary>
    /// <param name="map">The map. It stays its owner's.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    public BpfAttachedCgroupStorage(BpfMap map)
    {
        MapView.RequireKind(map, nameof(BpfAttachedCgroupStorage<TKey, TValue>), BpfMapType.CgroupStorage);
        MapView.RequireKey<TKey>(map);
        MapView.RequireValue<TValue>(map);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        _handle = map.Handle;
        _lock = map.LockFlag;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of values, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, sizeof(TValue));

    /// <summary>Reads the value of an attachment (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one: a program of the object is, or was, attached there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    [SkipLocalsInit]
    public bool TryGetValue(in TKey key, out TValue value)
    {
        Unsafe.SkipInit(out value);
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            int result = MapElements.Lookup(_handle, k, v, _lock);
            if (result >= 0)
            {
                return true;
            }

            value = default;
            if (result != MapElements.NotFound)
            {
                MapErrors.ThrowLookup(Map, result);
            }

            return false;
        }
    }

    /// <summary>Whether there is a value: a program of the object is, or was, attached there.</summary>
    /// <param name="key">Where.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryGetValue(key, out _);

    /// <summary>Replaces the value of an attachment (<c>BPF_EXIST</c>).</summary>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there is one: a program of the object is, or was, attached there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(in TKey key, in TValue value)
    {
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            int result = MapElements.Update(_handle, k, v, (ulong)BpfElementFlags.Exist | _lock);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowUpdate(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Walks over the values, the oldest first. It ends early when the control group that it has reached is removed.</summary>
    /// <returns>The enumerator.</returns>
    public BpfMapEnumerator<TKey, TValue> GetEnumerator() => new(MapWalk.Begin(Map, sizeof(TValue)));

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();
}
