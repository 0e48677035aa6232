using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Typed access to an array (<c>BPF_MAP_TYPE_ARRAY</c>, Linux 3.19), whose elements all exist from the start.</summary>
/// <typeparam name="T">The type of the elements, laid out as the C type.</typeparam>
/// <remarks>
/// <para>
/// Every operation is one system call and allocates nothing. Members may be called from several threads. Elements that are larger than 8 bytes may be
/// read while they are half written, unless they have a <see cref="BpfSpinLock"/>, under which they are then copied (Linux 5.1).
/// </para>
/// <para>
/// An array that was created with <c>BPF_F_MMAPABLE</c> (Linux 5.5) is in memory that this process shares with programs: elements are then read and written there,
/// without a system call, up to 8 bytes in one piece. <see cref="MapMemory"/> gives them by reference. Where the memory may only be read, because the map is
/// frozen or programs may only read it, writing is a system call as before.
/// </para>
/// </remarks>
public sealed unsafe class BpfArray<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : IReadOnlyList<T>, IDisposable
    where T : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly ulong _lock; // BPF_F_LOCK where the values have one.
    private readonly bool _mayBeMapped;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfArray<T>), BpfMapType.Array);
        MapView.RequireValue<T>(map);
        Map = map;
        Length = checked((int)map.MaxEntries);
        _handle = map.Handle;
        _lock = map.LockFlag;
        _mayBeMapped = (map.Flags & BpfMapFlags.Mmapable) != 0;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>Whether the elements are in shared memory; otherwise there is a system call behind every access, and no <see cref="MapMemory"/>.</summary>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public bool IsMapped => Map.IsMapped();

    int IReadOnlyCollection<T>.Count => Length;

    private static int Stride => (sizeof(T) + 7) & ~7;

    /// <summary>An element (<c>BPF_MAP_LOOKUP_ELEM</c>, <c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public T this[int index]
    {
        get
        {
            Read(index, out T value);
            return value;
        }

        set => Write(index, value);
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), all zero; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created, for example <see cref="BpfMapFlags.Mmapable"/>.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfArray<T> Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create<int, T>(BpfMapType.Array, name, length, flags), owned: true);

    /// <summary>Reads an element in place (<c>BPF_MAP_LOOKUP_ELEM</c>): for large structs, instead of the indexer.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">The element.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    [SkipLocalsInit]
    public void Read(int index, out T value)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }

        if (_mayBeMapped && Map.TryGetMemory() is { } shared)
        {
            using MemoryMapping.Lease memory = shared.Mapping.Acquire();
            value = SharedMemory.Load<T>(memory.Address + ((nint)index * Stride));
            return;
        }

        Unsafe.SkipInit(out value);
        fixed (T* v = &value)
        {
            int result = MapElements.Lookup(_handle, &index, v, _lock);
            if (result < 0)
            {
                value = default;
                MapErrors.ThrowLookup(Map, result);
            }
        }
    }

    /// <summary>Writes an element (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">The new element.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void Write(int index, in T value)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }

        if (_mayBeMapped && Map.TryGetMemory() is { IsWritable: true } shared)
        {
            using MemoryMapping.Lease memory = shared.Mapping.Acquire();
            SharedMemory.Store(memory.Address + ((nint)index * Stride), value);
            return;
        }

        fixed (T* v = &value)
        {
            int result = MapElements.Update(_handle, &index, v, _lock);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(Map, result);
            }
        }
    }

    /// <summary>Copies the first elements, in batches where the kernel has them (Linux 5.6). Not one moment's picture: each is read on its own.</summary>
    /// <param name="destination">Where to; as many are copied as fit.</param>
    /// <returns>How many were copied.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public int CopyTo(Span<T> destination)
    {
        int count = Math.Min(destination.Length, Length);
        ReadRange(0, destination[..count]);
        return count;
    }

    /// <summary>Reads neighbouring elements, in batches where the kernel has them (Linux 5.6). Not one moment's picture: each is read on its own.</summary>
    /// <param name="index">The first: 0 to <see cref="Length"/>.</param>
    /// <param name="destination">Where they go; it is filled.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many elements.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> were read.</exception>
    public void ReadRange(int index, Span<T> destination)
    {
        RequireRange(index, destination.Length);
        if (_mayBeMapped && Map.TryGetMemory() is { } shared)
        {
            using MemoryMapping.Lease memory = shared.Mapping.Acquire();
            SharedMemory.CopyFrom(memory.Address + ((nint)index * Stride), destination, Stride);
            return;
        }

        fixed (T* values = destination)
        {
            ArrayRanges.Read(Map, index, (byte*)values, sizeof(T), destination.Length);
        }
    }

    /// <summary>Writes neighbouring elements, one after the other, in batches where the kernel has them (Linux 5.6).</summary>
    /// <param name="index">The first: 0 to <see cref="Length"/>.</param>
    /// <param name="values">The new elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many elements.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen; the first <see cref="BpfSyscallException.CompletedCount"/> were written.</exception>
    public void WriteRange(int index, ReadOnlySpan<T> values)
    {
        RequireRange(index, values.Length);
        if (_mayBeMapped && Map.TryGetMemory() is { IsWritable: true } shared)
        {
            using MemoryMapping.Lease memory = shared.Mapping.Acquire();
            SharedMemory.CopyTo(values, memory.Address + ((nint)index * Stride), Stride);
            return;
        }

        fixed (T* v = values)
        {
            ArrayRanges.Write(Map, index, (byte*)v, sizeof(T), values.Length);
        }
    }

    /// <summary>
    /// Holds the elements' memory, for access by reference: <c>using var counters = array.MapMemory(); Interlocked.Increment(ref counters[3]);</c>. Its <see cref="BpfMapped{T}.Span"/> is
    /// there where the size of <typeparamref name="T"/> is a multiple of 8.
    /// </summary>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the map or its object meanwhile.</returns>
    /// <exception cref="InvalidOperationException">The memory may only be read: use <see cref="MapMemoryReadOnly"/>.</exception>
    /// <exception cref="BpfNotSupportedException">The array was not created with <c>BPF_F_MMAPABLE</c>, or the kernel does not map it.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfMapped<T> MapMemory() => new(RequireMemory().AcquireForWriting(), 0, Length, Stride);

    /// <summary>Holds the elements' memory, for reading by reference: also where the array is frozen or programs may only read it.</summary>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the map or its object meanwhile.</returns>
    /// <exception cref="BpfNotSupportedException">The array was not created with <c>BPF_F_MMAPABLE</c>, or the kernel does not map it.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfMappedReadOnly<T> MapMemoryReadOnly() => new(RequireMemory().Mapping.Acquire(), 0, Length, Stride);

    /// <summary>Sets all elements to zero, one after the other.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void Clear()
    {
        if (_mayBeMapped && Map.TryGetMemory() is { IsWritable: true } shared)
        {
            using MemoryMapping.Lease memory = shared.Mapping.Acquire();
            NativeMemory.Clear(memory.Address, (nuint)Length * (nuint)Stride);
            return;
        }

        ArrayRanges.Clear(Map, sizeof(T), Length);
    }

    /// <summary>Walks over the elements from the first to the last, in batches where the kernel has them (Linux 5.6).</summary>
    /// <returns>The enumerator.</returns>
    public BpfArrayEnumerator<T> GetEnumerator() => new(MapWalk.Begin(Map, sizeof(T)));

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

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

    internal BpfMapped<T> MapElement(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }

        return new BpfMapped<T>(RequireMemory().AcquireForWriting(), (nint)index * Stride, 1, Stride);
    }

    private MapMemory RequireMemory() => Map.TryGetMemory() ?? throw new BpfNotSupportedException(
        $"access by reference to the elements of {Map}",
        _mayBeMapped ? "the kernel did not map them: it does so only where the map was opened for reading and writing, and its values have no locks" : "the map was not created with BPF_F_MMAPABLE; use the indexer, Read and Write",
        new Version(5, 5));

    private void RequireRange(int index, int count)
    {
        if ((uint)index > (uint)Length || count > Length - index)
        {
            MapErrors.ThrowRange(Map, index, count);
        }
    }
}
