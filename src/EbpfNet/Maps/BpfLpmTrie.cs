using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Typed access to a trie of prefixes (<c>BPF_MAP_TYPE_LPM_TRIE</c>, Linux 4.11): reading finds the longest prefix that covers what is asked for, as a
/// routing table does.
/// </summary>
/// <typeparam name="TKey">
/// The type of the keys: a 32-bit prefix length in bits, in this machine's byte order, and then the data with its most significant byte first.
/// <see cref="Ipv4LpmKey"/> and <see cref="Ipv6LpmKey"/> are there for addresses, and an <see cref="System.Net.IPAddress"/> or <see cref="System.Net.IPNetwork"/> becomes one
/// where a key is asked for; other structs start with a <see cref="uint"/> or <see cref="int"/>.
/// </typeparam>
/// <typeparam name="TValue">The type of the values, laid out as the C type.</typeparam>
/// <remarks>
/// Every operation is one system call and allocates nothing. Members may be called from several threads; programs and other processes may change the
/// map at any time. Values that are larger than 8 bytes may be read while they are half written.
/// </remarks>
public sealed unsafe class BpfLpmTrie<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>
    : IEnumerable<KeyValuePair<TKey, TValue>>, IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    public BpfLpmTrie(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfLpmTrie(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfLpmTrie<TKey, TValue>), BpfMapType.LpmTrie);
        MapView.RequireKey<TKey>(map);
        MapView.RequireValue<TValue>(map);
        Map = map;
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of prefixes, found by counting them: a walk over the whole map, since the kernel keeps no count.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, sizeof(TValue));

    /// <summary>The value of the longest prefix that covers a key. Setting adds the prefix itself, or replaces its value.</summary>
    /// <param name="key">The prefix; to read, as a rule an address, which is a prefix of full length.</param>
    /// <exception cref="KeyNotFoundException">No prefix in the map covers the key.</exception>
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
    /// <param name="maxEntries">The most prefixes that it can hold.</param>
    /// <param name="flags">How it is created; <see cref="BpfMapFlags.NoPrealloc"/>, which tries need, is added.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfLpmTrie<TKey, TValue> Create(string name, int maxEntries, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create<TKey, TValue>(BpfMapType.LpmTrie, name, maxEntries, flags | BpfMapFlags.NoPrealloc), owned: true);

    /// <summary>Reads the value of the longest prefix that covers a key (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">An address as a prefix of full length; or a prefix, which only itself and shorter ones cover.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether a prefix in the map covers the key. Which one it was, the kernel does not tell.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    [SkipLocalsInit]
    public bool TryGetValue(in TKey key, out TValue value)
    {
        Unsafe.SkipInit(out value);
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            int result = MapElements.Lookup(_handle, k, v);
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

    /// <summary>Whether a prefix in the map covers a key.</summary>
    /// <param name="key">An address as a prefix of full length; or a prefix, which only itself and shorter ones cover.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Covers(in TKey key) => TryGetValue(key, out _);

    /// <summary>Adds a prefix, or replaces its value (<c>BPF_ANY</c>).</summary>
    /// <param name="key">The prefix; data beyond its length is ignored.</param>
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

    /// <summary>Adds a prefix (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
    /// <param name="key">The prefix; data beyond its length is ignored.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The prefix is in the map already.</exception>
    /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
    public void Add(in TKey key, in TValue value)
    {
        if (!TryAdd(key, value))
        {
            MapErrors.ThrowKeyExists(Map, key);
        }
    }

    /// <summary>Adds a prefix, unless it is there (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
    /// <param name="key">The prefix; data beyond its length is ignored.</param>
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

    /// <summary>Replaces the value of a prefix, if it is there (<c>BPF_EXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
    /// <param name="key">The prefix; data beyond its length is ignored.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether it was there.</returns>
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

    /// <summary>Removes a prefix, itself and not what it covers (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="key">The prefix; data beyond its length is ignored.</param>
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

    /// <summary>Copies prefixes and their values, in batches where the kernel has them (Linux 5.13). Not one moment's picture: what changes meanwhile may be missed.</summary>
    /// <param name="keys">Where the prefixes go.</param>
    /// <param name="values">Where the values go, each at the index of its prefix.</param>
    /// <returns>How many were copied: all of them, or as many as both destinations have room for.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public int CopyTo(Span<TKey> keys, Span<TValue> values)
    {
        fixed (TKey* k = keys)
        fixed (TValue* v = values)
        {
            return TrieRanges.CopyTo(Map, (byte*)k, (byte*)v, sizeof(TValue), Math.Min(keys.Length, values.Length));
        }
    }

    /// <summary>Adds prefixes or replaces their values, one after the other, in one system call where the kernel has batches (Linux 5.13).</summary>
    /// <param name="keys">The prefixes. Of one that is there twice the last value stays.</param>
    /// <param name="values">The values, as many as there are prefixes.</param>
    /// <exception cref="ArgumentException">There are not as many values as prefixes.</exception>
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

    /// <summary>Removes prefixes, in one system call where the kernel has batches (Linux 5.13) and all of them are there.</summary>
    /// <param name="keys">The prefixes. Those that are not in the map are passed over.</param>
    /// <returns>How many were there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> prefixes are no longer in the map.</exception>
    public int RemoveRange(ReadOnlySpan<TKey> keys)
    {
        fixed (TKey* k = keys)
        {
            return HashTableRanges.Remove(Map, (byte*)k, keys.Length);
        }
    }

    /// <summary>Removes all prefixes that are in the map when it is called; what is added meanwhile may stay.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => MapView.Clear(Map, sizeof(TValue));

    /// <summary>Walks over the prefixes: longer ones before those that cover them.</summary>
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
            return MapElements.Update(_handle, k, v, (ulong)flags);
        }
    }
}
