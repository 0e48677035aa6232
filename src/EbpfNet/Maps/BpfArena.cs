using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Access to an arena (<c>BPF_MAP_TYPE_ARENA</c>, Linux 6.9): memory that programs and user space share at the same addresses, so that both follow the same pointers.
/// </summary>
/// <remarks>
/// Access costs no system call and allocates nothing. Members may be called from several threads. Pages come into being when this process touches them or a program
/// allocates them; what a program reads from a page that does not exist is zero, and what it writes there is lost. In an arena with <see cref="BpfMapFlags.SegvOnFault"/>
/// only programs make pages: touching one that does not exist ends this process.
/// </remarks>
public sealed unsafe class BpfArena : IDisposable
{
    private readonly MapMemory _memory;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfSyscallException">The memory cannot be mapped: at its address this process has other memory, or the address is not known.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfArena(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfArena(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfArena), BpfMapType.Arena);
        Map = map;
        _memory = map.TryGetMemory() ?? throw new ArgumentException($"The memory of {map} cannot be mapped into this process: it was created without BPF_F_MMAPABLE.", nameof(map));
        _owned = owned;
        using MemoryMapping.Lease memory = _memory.Mapping.Acquire();
        Start = new BpfArenaPointer((ulong)memory.Address);
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The size in bytes: <c>max_entries</c> pages, at most 4 GiB.</summary>
    public long Length => (long)_memory.Mapping.Length;

    /// <summary>Where the arena starts, for programs and in every process that maps it.</summary>
    public BpfArenaPointer Start { get; }

    /// <summary>Creates an arena that belongs to no object (<c>BPF_MAP_CREATE</c>), and maps it; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="pages">Its size in pages of <see cref="Environment.SystemPageSize"/>; 4 GiB at most.</param>
    /// <param name="address">Where it starts, in every process that maps it (<c>map_extra</c>), a whole number of pages; 0 to leave that to the kernel, when only this process maps it.</param>
    /// <param name="flags">How it is created, besides <see cref="BpfMapFlags.Mmapable"/>, which it always is.</param>
    /// <returns>The view of the new arena.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused: it does not know arenas, the arena is too large, or would cross a multiple of 4 GiB.</exception>
    public static BpfArena Create(string name, int pages, ulong address = 0, BpfMapFlags flags = BpfMapFlags.None)
    {
        BpfMap map = MapCreation.Create(BpfMapType.Arena, name, 0, 0, pages, flags | BpfMapFlags.Mmapable, address);
        try
        {
            return new BpfArena(map, owned: true);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Holds the arena's memory, to follow pointers: <c>using BpfArenaMemory memory = arena.MapMemory(); ref Node node = ref memory.At&lt;Node&gt;(head);</c></summary>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the map meanwhile.</returns>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfArenaMemory MapMemory() => new(_memory.AcquireForWriting());

    /// <summary>Holds a part of the arena's memory: a value, or the elements of an array.</summary>
    /// <typeparam name="T">The type of them, laid out as the C type.</typeparam>
    /// <param name="offset">The distance of the first from the start of the arena, in bytes.</param>
    /// <param name="count">How many.</param>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the map meanwhile.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Not all of them are in the arena.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfMapped<T> MapMemory<T>(long offset, int count = 1)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - ((long)count * sizeof(T)));
        return new BpfMapped<T>(_memory.AcquireForWriting(), (nint)offset, count, sizeof(T));
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
