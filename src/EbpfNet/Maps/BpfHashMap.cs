using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Typed access to a hash table (<c>BPF_MAP_TYPE_HASH</c>, Linux 3.19), an LRU hash table (<c>BPF_MAP_TYPE_LRU_HASH</c>, Linux 4.10), or one that grows (<c>BPF_MAP_TYPE_RHASH</c>, Linux 7.2).</summary>
/// <typeparam name="TKey">The type of the keys, laid out as the C type: all of its bytes count, padding included.</typeparam>
/// <typeparam name="TValue">The type of the values, laid out as the C type.</typeparam>
/// <remarks>
/// Every operation is one system call and allocates nothing. Members may be called from several threads; programs and other processes may change the
/// map at any time. Values that are larger than 8 bytes may be read while they are half written, unless they have a
/// <see cref="BpfSpinLock"/>, under which they are then copied (Linux 5.1).
/// </remarks>
public sealed unsafe class BpfHashMap<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>
    : IEnumerable<KeyValuePair<TKey, TValue>>, IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly ulong _lock; // BPF_F_LOCK where the values have one.
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    public BpfHashMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfHashMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfHashMap<TKey, TValue>), BpfMapType.Hash, BpfMapType.LruHash, BpfMapType.RHash);
        MapView.RequireKey<TKey>(map);
        MapView.RequireValue<TValue>(map);
        if (map.Type == BpfMapType.RHash)
        {
            map.HasBatches = false; // Its batches go by keys, not by buckets: what goes meanwhile would end a walk.
        }

        Map = map;
        _handle = map.Handle;
        _lock = map.LockFlag;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, found by counting them: a walk over the whole map, since the kernel keeps no count.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, sizeof(TValue));

    /// <summary>The value under a key. Setting adds the element, or replaces its value.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">The key is not in the map.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public TValue this[in TKey key]
    {
        get
        {
            if (!TryGetValue(key, out TValue value))
            {
                MapErrors.ThrowKeyNotFound(Map, key);
            }

            return value;
        }

        set => Set(key, value);
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>); disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most elements that it can hold.</param>
    /// <param name="flags">How it is created, for example <see cref="BpfMapFlags.NoPrealloc"/>.</param>
    /// <param name="lru">Whether it makes room by dropping elements that were not used for long.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfHashMap<TKey, TValue> Create(string name, int maxEntries, BpfMapFlags flags = BpfMapFlags.None, bool lru = false) =>
        new(MapCreation.Create<TKey, TValue>(lru ? BpfMapType.LruHash : BpfMapType.Hash, name, maxEntries, flags), owned: true);

    /// <summary>Reads the value under a key (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether the key is in the map.</returns>
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

    /// <summary>Whether a key is in the map.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryGetValue(key, out _);

    /// <summary>Adds an element, or replaces its value (<c>BPF_ANY</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Set(in TKey key, in TValue value)
    {
        int result = Update(key, value, BpfElementFlags.Any);
        if (result < 0)
        {
            MapErrors.ThrowUpdate(Map, result);
        }
    }

    /// <summary>Adds an element (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is in the map already.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Add(in TKey key, in TValue value)
    {
        if (!TryAdd(key, value))
        {
            MapErrors.ThrowKeyExists(Map, key);
        }
    }

    /// <summary>Adds an element, unless the key is there (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public bool TryAdd(in TKey key, in TValue value)
    {
        int result = Update(key, value, BpfElementFlags.NoExist);
        if (result < 0 && result != MapElements.Exists)
        {
            MapErrors.ThrowUpdate(Map, result);
        }

        return result >= 0;
    }

    /// <summary>Replaces the value under a key, if the key is there (<c>BPF_EXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether the key was there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(in TKey key, in TValue value)
    {
        int result = Update(key, value, BpfElementFlags.Exist);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowUpdate(Map, result);
        }

        return result >= 0;
    }

    /// <summary>Removes an element (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(in TKey key)
    {
        fixed (TKey* k = &key)
        {
            int result = MapElements.Delete(_handle, k);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowDelete(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Removes an element and reads what it was, in one step (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>; Linux 5.14).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value that it had; all zero when there was none.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do this for hash tables.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryRemove(in TKey key, out TValue value)
    {
        value = default;
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            int result = MapElements.LookupAndDelete(_handle, k, v, _lock);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowTake(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Copies elements, in batches where the kernel has them (Linux 5.6). Not one moment's picture: what changes meanwhile may be missed.</summary>
    /// <param name="keys">Where the keys go.</param>
    /// <param name="values">Where the values go, each at the index of its key.</param>
    /// <returns>How many were copied: all of them, or as many as both destinations have room for.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public int CopyTo(Span<TKey> keys, Span<TValue> values)
    {
        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            return HashTableRanges.CopyTo(Map, (byte*)k, (byte*)v, sizeof(TValue), Math.Min(keys.Length, values.Length));
        }
    }

    /// <summary>
    /// Takes elements out, in batches where the kernel has them (Linux 5.6): each is removed and shown once. Before Linux 5.14 an element may be changed between
    /// being read and being removed where it is taken on its own: without batches, and when not all that share a bucket have room.
    /// </summary>
    /// <param name="keys">Where the keys go.</param>
    /// <param name="values">Where the values go, each at the index of its key.</param>
    /// <returns>How many were taken: all of them, or as many as both destinations have room for; 0 when there are none left.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused; <see cref="BpfSyscallException.CompletedCount"/> were taken.</exception>
    public int TakeTo(Span<TKey> keys, Span<TValue> values)
    {
        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            return HashTableRanges.TakeTo(Map, (byte*)k, (byte*)v, sizeof(TValue), Math.Min(keys.Length, values.Length));
        }
    }

    /// <summary>Adds elements or replaces their values, one after the other, in one system call where the kernel has batches (Linux 5.6).</summary>
    /// <param name="keys">The keys. Of one that is there twice the last value stays.</param>
    /// <param name="values">The values, as many as there are keys.</param>
    /// <exception cref="ArgumentException">There are not as many values as keys.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> were set.</exception>
    public void SetRange(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values)
    {
        if (keys.Length != values.Length)
        {
            MapErrors.ThrowUnequalCounts(Map, keys.Length, values.Length);
        }

        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            HashTableRanges.Set(Map, (byte*)k, (byte*)v, sizeof(TValue), keys.Length);
        }
    }

    /// <summary>Removes elements, in one system call where the kernel has batches (Linux 5.6) and all of them are there.</summary>
    /// <param name="keys">The keys. Those that are not in the map are passed over.</param>
    /// <returns>How many were there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> keys are no longer in the map.</exception>
    public int RemoveRange(ReadOnlySpan<TKey> keys)
    {
        fixed (TKey* k = keys)
        {
            return HashTableRanges.Remove(Map, (byte*)k, keys.Length);
        }
    }

    /// <summary>Removes all elements that are in the map when it is called; what is added meanwhile may stay.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => MapView.Clear(Map, sizeof(TValue));

    /// <summary>Walks over the elements, in no order.</summary>
    /// <returns>The enumerator.</returns>
    public BpfMapEnumerator<TKey, TValue> GetEnumerator() => new(MapWalk.Begin(Map, sizeof(TValue)));

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Closes the map if <see cref="Create"/> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Update(in TKey key, in TValue value, BpfElementFlags flags)
    {
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            return MapElements.Update(_handle, k, v, (ulong)flags | _lock);
        }
    }
}
