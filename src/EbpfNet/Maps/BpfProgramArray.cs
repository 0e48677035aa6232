using System.Collections;
using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Access to a program array (<c>BPF_MAP_TYPE_PROG_ARRAY</c>, Linux 4.2): the programs that others jump to with <c>bpf_tail_call</c>.</summary>
/// <remarks>
/// The kernel empties the array when its last descriptor is closed and no pin is left, even though programs still use it: keep the map, or its object, or
/// pin it, for as long as programs are to jump. A program stays loaded as long as it is in here. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfProgramArray : IEnumerable<KeyValuePair<int, uint>>, IDisposable
{
    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfProgramArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfProgramArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfProgramArray), BpfMapType.ProgArray);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        Length = checked((int)map.MaxEntries);
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included.</summary>
    public int Length { get; }

    /// <summary>The number of programs in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, sizeof(uint));

    /// <summary>Creates an array that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfProgramArray Create(string name, int length) =>
        new(MapCreation.Create(BpfMapType.ProgArray, name, sizeof(int), sizeof(uint), length, BpfMapFlags.None), owned: true);

    /// <summary>Puts a program in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>); jumps go there at once.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="program">The program. It may be closed afterwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The program is of another kind than those that jump, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(int index, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RequireIndex(index);
        using BpfHandle.Lease fd = program.Handle.Acquire();
        int value = fd.Fd;
        int result = MapElements.Update(_handle, &index, &value, (ulong)BpfElementFlags.Any);
        if (result < 0)
        {
            throw MapErrors.Create(Map, BpfCommand.MapUpdateElem, result, $"put {program} into");
        }
    }

    /// <summary>Reads which program is at an index (<c>BPF_MAP_LOOKUP_ELEM</c>, Linux 4.14).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="id">The program's <see cref="BpfProgram.Id"/>; 0 when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetId(int index, out uint id)
    {
        RequireIndex(index);
        uint found = 0;
        int result = MapElements.Lookup(_handle, &index, &found);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(Map, result);
        }

        id = found;
        return result >= 0;
    }

    /// <summary>Opens the program that is at an index (CAP_SYS_ADMIN).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="program">The program, the caller's to dispose; <see langword="null"/> when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryOpen(int index, [NotNullWhen(true)] out BpfProgram? program)
    {
        while (TryGetId(index, out uint id))
        {
            try
            {
                program = BpfProgram.OpenById(id);
                return true;
            }
            catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOENT)
            {
                // Replaced in between: what is there now has another id.
            }
        }

        program = null;
        return false;
    }

    /// <summary>Takes the program at an index out (<c>BPF_MAP_DELETE_ELEM</c>): a jump there does nothing from now on, and the program that tried it goes on.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int index)
    {
        RequireIndex(index);
        int result = MapElements.Delete(_handle, &index);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowDelete(Map, result);
        }

        return result >= 0;
    }

    /// <summary>Takes all programs out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Walks over the indexes and ids of the programs that are in it; empty elements are passed over.</summary>
    /// <returns>The enumerator.</returns>
    public BpfMapEnumerator<int, uint> GetEnumerator() => new(MapWalk.Begin(Map, sizeof(uint)));

    IEnumerator<KeyValuePair<int, uint>> IEnumerable<KeyValuePair<int, uint>>.GetEnumerator() => GetEnumerator();

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

    private void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }
    }
}
