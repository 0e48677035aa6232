using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Typed access to a hash table that keeps a value for each CPU under each key (<c>BPF_MAP_TYPE_PERCPU_HASH</c>, Linux 4.6;
/// <c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>, Linux 4.10).
/// </summary>
/// <typeparam name="TKey">The type of the keys, laid out as the C type: all of its bytes count, padding included.</typeparam>
/// <typeparam name="TValue">The type of one CPU's value, laid out as the C type.</typeparam>
/// <remarks>
/// There is a value for each CPU that the machine could ever have (<see cref="CpuCount"/>), whether it is present or not. Every operation is one system
/// call and allocates nothing. Members may be called from several threads. <c>TryGetSum</c> adds the values up (<see cref="BpfPerCpuExtensions"/>).
/// </remarks>
public sealed unsafe class BpfPerCpuHashMap<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    public BpfPerCpuHashMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfPerCpuHashMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfPerCpuHashMap<TKey, TValue>), BpfMapType.PerCpuHash, BpfMapType.LruPerCpuHash);
        MapView.RequireKey<TKey>(map);
        MapView.RequireValue<TValue>(map);
        Map = map;
        CpuCount = PossibleCpus.Count;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>How many values there are under each key.</summary>
    public int CpuCount { get; }

    /// <summary>The number of elements, found by counting them: a walk over the whole map, since the kernel keeps no count.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, PerCpuValues.Size<TValue>(CpuCount));

    /// <summary>The value that one CPU has under a key. Setting adds the element, with zeroes for the other CPUs, or replaces this value alone.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cpu">Which CPU: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <exception cref="KeyNotFoundException">The key is not in the map.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    /// <exception cref="BpfNotSupportedException">Setting: the kernel cannot do this; Linux 7.0 and later can.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public TValue this[in TKey key, int cpu]
    {
        get
        {
            if (!TryGetValue(key, cpu, out TValue value))
            {
                MapErrors.ThrowKeyNotFound(Map, key);
            }

            return value;
        }

        set => Set(key, cpu, value);
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>); disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most elements that it can hold.</param>
    /// <param name="flags">How it is created, for example <see cref="BpfMapFlags.NoPrealloc"/>.</param>
    /// <param name="lru">Whether it makes room by dropping elements that were not used for long.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfPerCpuHashMap<TKey, TValue> Create(string name, int maxEntries, BpfMapFlags flags = BpfMapFlags.None, bool lru = false) =>
        new(MapCreation.Create<TKey, TValue>(lru ? BpfMapType.LruPerCpuHash : BpfMapType.PerCpuHash, name, maxEntries, flags), owned: true);

    /// <summary>Reads the values under a key (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Where the values of all CPUs go; at least <see cref="CpuCount"/> elements. Unchanged when there is no such key.</param>
    /// <returns>Whether the key is in the map.</returns>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(in TKey key, Span<TValue> perCpu)
    {
        fixed (TKey* k = &key)
        {
            return Found(PerCpuValues.Lookup(Map, k, perCpu, CpuCount));
        }
    }

    /// <summary>Reads the value that one CPU has under a key (<c>BPF_F_CPU</c>, Linux 7.0); older kernels give those of all CPUs, of which it is taken.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cpu">Which CPU: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <param name="value">The value; all zero when there is no such key.</param>
    /// <returns>Whether the key is in the map.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(in TKey key, int cpu, out TValue value)
    {
        fixed (TKey* k = &key)
        {
            return Found(PerCpuValues.Lookup(Map, k, cpu, CpuCount, out value));
        }
    }

    /// <summary>Reads the values under a key and combines them.</summary>
    /// <param name="key">The key.</param>
    /// <param name="combine">Makes one value of two.</param>
    /// <param name="combined">The result; all zero when there is no such key.</param>
    /// <returns>Whether the key is in the map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryAggregate(in TKey key, Func<TValue, TValue, TValue> combine, out TValue combined)
    {
        fixed (TKey* k = &key)
        {
            return Found(PerCpuValues.Aggregate(Map, k, CpuCount, combine, out combined));
        }
    }

    /// <summary>Whether a key is in the map.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryAggregate(key, static (first, _) => first, out _);

    /// <summary>Adds an element, or replaces its values (<c>BPF_ANY</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <exception cref="ArgumentException">There are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Set(in TKey key, ReadOnlySpan<TValue> perCpu) => Write(key, perCpu, BpfElementFlags.Any, allowed: 0);

    /// <summary>Adds an element, or replaces its values, with the same value for each CPU (<c>BPF_ANY</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value that each CPU gets; all zero starts a counter.</param>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void SetAll(in TKey key, in TValue value)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.UpdateAll(Map, k, value, CpuCount, (ulong)BpfElementFlags.Any);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(Map, result);
            }
        }
    }

    /// <summary>Writes the value that one CPU has under a key, and leaves the others alone; adds the element, with zeroes for the others, if there is none (<c>BPF_F_CPU</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="cpu">Which CPU: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do this; Linux 7.0 and later can.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Set(in TKey key, int cpu, in TValue value)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.Update(Map, k, cpu, CpuCount, value);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(Map, result);
            }
        }
    }

    /// <summary>Adds an element (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <exception cref="ArgumentException">The key is in the map already, or there are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Add(in TKey key, ReadOnlySpan<TValue> perCpu)
    {
        if (!TryAdd(key, perCpu))
        {
            MapErrors.ThrowKeyExists(Map, key);
        }
    }

    /// <summary>Adds an element with the same value for each CPU, unless the key is there (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value that each CPU gets; all zero starts a counter.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public bool TryAddAll(in TKey key, in TValue value)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.UpdateAll(Map, k, value, CpuCount, (ulong)BpfElementFlags.NoExist);
            if (result < 0 && result != MapElements.Exists)
            {
                MapErrors.ThrowUpdate(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Adds an element, unless the key is there (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="ArgumentException">There are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public bool TryAdd(in TKey key, ReadOnlySpan<TValue> perCpu) => Write(key, perCpu, BpfElementFlags.NoExist, MapElements.Exists);

    /// <summary>Replaces the values under a key, if the key is there (<c>BPF_EXIST</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <returns>Whether the key was there.</returns>
    /// <exception cref="ArgumentException">There are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(in TKey key, ReadOnlySpan<TValue> perCpu) => Write(key, perCpu, BpfElementFlags.Exist, MapElements.NotFound);

    /// <summary>Removes an element (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(in TKey key)
    {
        fixed (TKey* k = &key)
        {
            int result = MapElements.Delete(Map.Handle, k);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowDelete(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Removes an element and reads what it was, in one step (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>; Linux 5.14).</summary>
    /// <param name="key">The key.</param>
    /// <param name="perCpu">Where the values of all CPUs go; at least <see cref="CpuCount"/> elements.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do this for hash tables.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryRemove(in TKey key, Span<TValue> perCpu)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.Lookup(Map, k, perCpu, CpuCount, take: true);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowTake(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Copies elements, in batches where the kernel has them (Linux 5.6). Not one moment's picture: what changes meanwhile may be missed.</summary>
    /// <param name="keys">Where the keys go.</param>
    /// <param name="perCpu">Where the values go: those of all CPUs of one key after those of the one before.</param>
    /// <returns>How many elements were copied: all of them, or as many as both destinations have room for.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public int CopyTo(Span<TKey> keys, Span<TValue> perCpu)
    {
        fixed (TKey* k = keys)
        {
            return PerCpuRanges.CopyTo(Map, (byte*)k, Math.Min(keys.Length, perCpu.Length / CpuCount), perCpu, CpuCount, take: false);
        }
    }

    /// <summary>
    /// Takes elements out, in batches where the kernel has them (Linux 5.6): each is removed and shown once. Before Linux 5.14 an element may be changed between
    /// being read and being removed where it is taken on its own: without batches, and when not all that share a bucket have room.
    /// </summary>
    /// <param name="keys">Where the keys go.</param>
    /// <param name="perCpu">Where the values go: those of all CPUs of one key after those of the one before.</param>
    /// <returns>How many elements were taken: all of them, or as many as both destinations have room for; 0 when there are none left.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused; <see cref="BpfSyscallException.CompletedCount"/> were taken.</exception>
    public int TakeTo(Span<TKey> keys, Span<TValue> perCpu)
    {
        fixed (TKey* k = keys)
        {
            return PerCpuRanges.CopyTo(Map, (byte*)k, Math.Min(keys.Length, perCpu.Length / CpuCount), perCpu, CpuCount, take: true);
        }
    }

    /// <summary>Adds elements or replaces their values, one after the other, in one system call where the kernel has batches (Linux 5.6).</summary>
    /// <param name="keys">The keys. Of one that is there twice the last values stay.</param>
    /// <param name="perCpu">The values, <see cref="CpuCount"/> for each key: those of one key after those of the one before.</param>
    /// <exception cref="ArgumentException">There are not as many values.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> were set.</exception>
    public void SetRange(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> perCpu)
    {
        if (perCpu.Length != (long)keys.Length * CpuCount)
        {
            MapErrors.ThrowWrongCount(Map, perCpu.Length, (long)keys.Length * CpuCount);
        }

        fixed (TKey* k = keys)
        {
            PerCpuRanges.Set(Map, (byte*)k, keys.Length, perCpu, CpuCount);
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
    public void Clear() => MapView.Clear(Map, PerCpuValues.Size<TValue>(CpuCount));

    /// <summary>Walks over the elements, in no order.</summary>
    /// <returns>The enumerator.</returns>
    public BpfPerCpuEnumerator<TKey, TValue> GetEnumerator() => new(MapWalk.Begin(Map, PerCpuValues.Size<TValue>(CpuCount)));

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

    internal bool Found(int result)
    {
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(Map, result);
        }

        return result >= 0;
    }

    private bool Write(in TKey key, ReadOnlySpan<TValue> perCpu, BpfElementFlags flags, int allowed)
    {
        fixed (TKey* k = &key)
        {
            int result = PerCpuValues.Update(Map, k, perCpu, CpuCount, (ulong)flags);
            if (result < 0 && result != allowed)
            {
                MapErrors.ThrowUpdate(Map, result);
            }

            return result >= 0;
        }
    }
}
