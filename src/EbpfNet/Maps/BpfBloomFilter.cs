using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Typed access to a Bloom filter (<c>BPF_MAP_TYPE_BLOOM_FILTER</c>, Linux 5.16): a set that knows what is surely not in it, in little memory.</summary>
/// <typeparam name="T">The type of the values, laid out as the C type: all of its bytes count, padding included.</typeparam>
/// <remarks>
/// Every operation is one system call and allocates nothing. Members may be called from several threads. Nothing can be removed, and the more values are
/// added beyond those that the filter was created for, the more often it is wrong.
/// </remarks>
public sealed unsafe class BpfBloomFilter<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : IDisposable
    where T : unmanaged
{
    private const int DefaultHashCount = 5;
    private const int MostHashes = 15;

    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfBloomFilter(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfBloomFilter(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfBloomFilter<T>), BpfMapType.BloomFilter);
        MapView.RequireValue<T>(map);
        Map = map;
        int hashes = (int)(map.Extra & MostHashes);
        HashCount = hashes == 0 ? DefaultHashCount : hashes;
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>How many hash functions are computed for each value (the lowest 4 bits of <c>map_extra</c>).</summary>
    public int HashCount { get; }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="expectedCount">How many values it is meant to hold (<c>max_entries</c>), which decides its size.</param>
    /// <param name="hashCount">How many hash functions, 1 to 15: more make it slower, and wrong less often as long as it is not full.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many hash functions.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfBloomFilter<T> Create(string name, int expectedCount, int hashCount = DefaultHashCount, BpfMapFlags flags = BpfMapFlags.None)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hashCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hashCount, MostHashes);
        return new(MapCreation.CreateKeyless<T>(BpfMapType.BloomFilter, name, expectedCount, flags, (ulong)hashCount), owned: true);
    }

    /// <summary>Adds a value (<c>BPF_MAP_UPDATE_ELEM</c>). Adding it again changes nothing.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Add(in T value)
    {
        fixed (T* v = &value)
        {
            int result = MapElements.Update(_handle, null, v, (ulong)BpfElementFlags.Any);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(Map, result);
            }
        }
    }

    /// <summary>Whether a value may have been added (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="value">The value.</param>
    /// <returns><see langword="false"/> if it surely was not; <see langword="true"/> if it was, and sometimes if it was not.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool MayContain(in T value)
    {
        T copy = value; // The kernel writes it back, which memory behind an `in` may not allow.
        int result = MapElements.Lookup(_handle, null, &copy);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(Map, result);
        }

        return result >= 0;
    }

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
}
