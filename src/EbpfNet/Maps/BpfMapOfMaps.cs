using System.Collections;
using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Typed access to a map whose values are maps: a hash table of maps (<c>BPF_MAP_TYPE_HASH_OF_MAPS</c>) or an array of maps
/// (<c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>, whose keys are indexes; both Linux 4.12). Programs that look a map up see it replaced as a whole.
/// </summary>
/// <typeparam name="TKey">The type of the keys, laid out as the C type: all of its bytes count, padding included. For an array, <see cref="int"/> or <see cref="uint"/>.</typeparam>
/// <remarks>
/// User space puts maps in and gets their ids back (Linux 4.14). A map stays as long as it is in here, whoever closes it. Setting and removing wait until no
/// program uses the map that was there before, which takes milliseconds. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfMapOfMaps<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey> : IEnumerable<KeyValuePair<TKey, uint>>, IDisposable
    where TKey : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's keys.</exception>
    public BpfMapOfMaps(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfMapOfMaps(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfMapOfMaps<TKey>), BpfMapType.HashOfMaps, BpfMapType.ArrayOfMaps);
        MapView.RequireKey<TKey>(map);
        if (map.Type == BpfMapType.ArrayOfMaps)
        {
            map.HasBatches = false; // The kernels that have them for this kind take an empty element for the end.
        }

        Map = map;
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of maps in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, sizeof(uint));

    /// <summary>Creates a hash table of maps that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most maps that it can hold.</param>
    /// <param name="template">A map like those that are going to be put in: of their type, flags, sizes and, for some types, number of entries. It is only looked at.</param>
    /// <param name="flags">How it is created, for example <see cref="BpfMapFlags.NoPrealloc"/>.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfMapOfMaps<TKey> Create(string name, int maxEntries, BpfMap template, BpfMapFlags flags = BpfMapFlags.None) =>
        Create(BpfMapType.HashOfMaps, name, maxEntries, template, flags);

    /// <summary>Creates an array of maps that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="template">A map like those that are going to be put in: of their type, flags, sizes and, for some types, number of entries. It is only looked at.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused, as it does when the keys do not have 4 bytes.</exception>
    public static BpfMapOfMaps<TKey> CreateArray(string name, int length, BpfMap template, BpfMapFlags flags = BpfMapFlags.None) =>
        Create(BpfMapType.ArrayOfMaps, name, length, template, flags);

    /// <summary>Puts a map in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="inner">The map. It may be closed afterwards.</param>
    /// <exception cref="BpfSyscallException">The map is not like those that this one is for, there is no such index or no room, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">One of the maps was disposed.</exception>
    public void Set(in TKey key, BpfMap inner) => Update(key, inner, BpfElementFlags.Any, allowed: 0);

    /// <summary>Puts a map in, unless there is one (<c>BPF_NOEXIST</c>). Elements of an array cannot be asked for this, as all of them exist: they take <see cref="Set"/> only.</summary>
    /// <returns>Whether it was put in.</returns>
    /// <exception cref="NotSupportedException">This is an array of maps.</exception>
    /// <inheritdoc cref="Set"/>
    public bool TryAdd(in TKey key, BpfMap inner)
    {
        RequireHash("TryAdd");
        return Update(key, inner, BpfElementFlags.NoExist, MapElements.Exists);
    }

    /// <summary>Puts a map in the place of another, if there is one (<c>BPF_EXIST</c>). Elements of an array cannot be asked for this, as all of them exist: they take <see cref="Set"/> only.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="NotSupportedException">This is an array of maps.</exception>
    /// <inheritdoc cref="Set"/>
    public bool TryUpdate(in TKey key, BpfMap inner)
    {
        RequireHash("TryUpdate");
        return Update(key, inner, BpfElementFlags.Exist, MapElements.NotFound);
    }

    /// <summary>Whether a map is under a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryGetId(key, out _);

    /// <summary>Reads which map is under a key (<c>BPF_MAP_LOOKUP_ELEM</c>, Linux 4.14).</summary>
    /// <param name="key">The key.</param>
    /// <param name="id">The map's <see cref="BpfMap.Id"/>; 0 when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetId(in TKey key, out uint id)
    {
        uint found = 0;
        fixed (TKey* k = &key)
        {
            int result = MapElements.Lookup(_handle, k, &found);
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowLookup(Map, result);
            }

            id = found;
            return result >= 0;
        }
    }

    /// <summary>Opens the map that is under a key (CAP_SYS_ADMIN).</summary>
    /// <param name="key">The key.</param>
    /// <param name="inner">The map, the caller's to dispose; <see langword="null"/> when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryOpen(in TKey key, [NotNullWhen(true)] out BpfMap? inner)
    {
        while (TryGetId(key, out uint id))
        {
            try
            {
                inner = BpfMap.OpenById(id);
                return true;
            }
            catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOENT)
            {
                // Replaced in between: what is there now has another id.
            }
        }

        inner = null;
        return false;
    }

    /// <summary>Takes the map under a key out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">There is no such index, or the kernel refused.</exception>
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

    /// <summary>Takes out all maps that are in it when it is called; what is put in meanwhile may stay.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear()
    {
        if (Map.Type == BpfMapType.ArrayOfMaps)
        {
            ReferenceElements.Clear(Map);
        }
        else
        {
            MapView.Clear(Map, sizeof(uint));
        }
    }

    /// <summary>Walks over the keys and ids of the maps that are in it. It may change meanwhile.</summary>
    /// <returns>The enumerator.</returns>
    public BpfMapEnumerator<TKey, uint> GetEnumerator() => new(MapWalk.Begin(Map, sizeof(uint)));

    IEnumerator<KeyValuePair<TKey, uint>> IEnumerable<KeyValuePair<TKey, uint>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Closes the map if <see cref="Create(string, int, BpfMap, BpfMapFlags)"/> or <see cref="CreateArray"/> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    private bool Update(in TKey key, BpfMap inner, BpfElementFlags flags, int allowed)
    {
        ArgumentNullException.ThrowIfNull(inner);
        using BpfHandle.Lease fd = inner.Handle.Acquire();
        int value = fd.Fd;
        fixed (TKey* k = &key)
        {
            int result = MapElements.Update(_handle, k, &value, (ulong)flags);
            if (result < 0 && result != allowed)
            {
                throw MapErrors.Create(Map, BpfCommand.MapUpdateElem, result, $"put {inner} into");
            }

            return result >= 0;
        }
    }

    private void RequireHash(string method)
    {
        if (Map.Type == BpfMapType.ArrayOfMaps)
        {
            throw new NotSupportedException($"{Map} is an array of maps, for which the kernel has no {method}: it can only replace, whatever is there. Use Set.");
        }
    }

    private static BpfMapOfMaps<TKey> Create(BpfMapType type, string name, int maxEntries, BpfMap template, BpfMapFlags flags)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new(MapCreation.Create<TKey, uint>(type, name, maxEntries, flags, inner: template), owned: true);
    }
}
