using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Typed access to a stack (<c>BPF_MAP_TYPE_STACK</c>, Linux 4.20): what came last is taken first.</summary>
/// <typeparam name="T">The type of the elements, laid out as the C type.</typeparam>
/// <remarks>
/// Every operation is one system call and allocates nothing. Members may be called from several threads, and programs may add and take elements at any
/// time; each element is taken once. The kernel can neither count the elements nor show any but the top one.
/// </remarks>
public sealed class BpfStack<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : IDisposable
    where T : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfStack(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfStack(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfStack<T>), BpfMapType.Stack);
        MapView.RequireValue<T>(map);
        Map = map;
        Capacity = checked((int)map.MaxEntries);
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The most elements that it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="capacity">The most elements that it can hold.</param>
    /// <param name="flags">How it is created, for example <see cref="BpfMapFlags.ReadOnly"/>.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static unsafe BpfStack<T> Create(string name, int capacity, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.CreateKeyless<T>(BpfMapType.Stack, name, capacity, flags), owned: true);

    /// <summary>Puts an element on top (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="value">The element.</param>
    /// <param name="dropOldest">Whether the oldest element goes when there is no room (<c>BPF_EXIST</c>).</param>
    /// <exception cref="BpfSyscallException">The stack is full and nothing is to be dropped, or the kernel refused.</exception>
    public void Push(in T value, bool dropOldest = false) => QueueElements.Push(Map, _handle, value, dropOldest);

    /// <summary>Puts an element on top, unless it is full (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="value">The element.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused for another reason.</exception>
    public bool TryPush(in T value) => QueueElements.TryPush(Map, _handle, value, dropOldest: false);

    /// <summary>Takes an element from the top (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>).</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">The stack is empty.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public T Pop()
    {
        if (!TryPop(out T value))
        {
            MapErrors.ThrowEmpty(Map);
        }

        return value;
    }

    /// <summary>Takes an element from the top, if there is one (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>).</summary>
    /// <param name="value">The element; all zero when there was none.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryPop(out T value) => QueueElements.TryPop(Map, _handle, out value);

    /// <summary>Takes elements from the top until none is left or the destination is full, one system call each.</summary>
    /// <param name="destination">Where they go, in the order in which they are taken.</param>
    /// <returns>How many were taken.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public int PopTo(Span<T> destination) => QueueElements.PopTo(Map, _handle, destination);

    /// <summary>Reads the element on top and leaves it (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">The stack is empty.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public T Peek()
    {
        if (!TryPeek(out T value))
        {
            MapErrors.ThrowEmpty(Map);
        }

        return value;
    }

    /// <summary>Reads the element on top and leaves it, if there is one (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="value">The element; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryPeek(out T value) => QueueElements.TryPeek(Map, _handle, out value);

    /// <summary>Takes out all elements, at most <see cref="Capacity"/>: what is added meanwhile may stay.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => QueueElements.Clear<T>(Map, _handle);

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
