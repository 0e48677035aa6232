using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Typed access to an array that keeps a value for each CPU in each element (<c>BPF_MAP_TYPE_PERCPU_ARRAY</c>, Linux 4.6).</summary>
/// <typeparam name="T">The type of one CPU's value, laid out as the C type.</typeparam>
/// <remarks>
/// There is a value for each CPU that the machine could ever have (<see cref="CpuCount"/>), whether it is present or not. Every operation is one system
/// call and allocates nothing. Members may be called from several threads. <c>Sum</c> adds the values up (<see cref="BpfPerCpuExtensions"/>).
/// </remarks>
public sealed unsafe class BpfPerCpuArray<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : IDisposable
    where T : unmanaged
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfPerCpuArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfPerCpuArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfPerCpuArray<T>), BpfMapType.PerCpuArray);
        MapView.RequireValue<T>(map);
        Map = map;
        Length = checked((int)map.MaxEntries);
        CpuCount = PossibleCpus.Count;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>How many values there are in each element.</summary>
    public int CpuCount { get; }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), all zero; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfPerCpuArray<T> Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create<int, T>(BpfMapType.PerCpuArray, name, length, flags), owned: true);

    /// <summary>Reads the values of an element (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="perCpu">Where the values of all CPUs go; at least <see cref="CpuCount"/> elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Read(int index, Span<T> perCpu)
    {
        RequireIndex(index);
        RequireRead(PerCpuValues.Lookup(Map, &index, perCpu, CpuCount));
    }

    /// <summary>Reads the value that an element has for one CPU (<c>BPF_F_CPU</c>, Linux 7.0); older kernels give those of all CPUs, of which it is taken.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="cpu">Which CPU: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element or CPU.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public T Read(int index, int cpu)
    {
        RequireIndex(index);
        RequireRead(PerCpuValues.Lookup(Map, &index, cpu, CpuCount, out T value));
        return value;
    }

    /// <summary>Reads the values of an element and combines them.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="combine">Makes one value of two.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public T Aggregate(int index, Func<T, T, T> combine)
    {
        RequireIndex(index);
        RequireRead(PerCpuValues.Aggregate(Map, &index, CpuCount, combine, out T combined));
        return combined;
    }

    /// <summary>Writes the values of an element (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="perCpu">The values, exactly <see cref="CpuCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ArgumentException">There are too few or too many values.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void Write(int index, ReadOnlySpan<T> perCpu)
    {
        RequireIndex(index);
        RequireWritten(PerCpuValues.Update(Map, &index, perCpu, CpuCount, (ulong)BpfElementFlags.Any));
    }

    /// <summary>Writes the value that an element has for one CPU, and leaves the others alone (<c>BPF_F_CPU</c>).</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="cpu">Which CPU: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element or CPU.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do this; Linux 7.0 and later can.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void Write(int index, int cpu, in T value)
    {
        RequireIndex(index);
        RequireWritten(PerCpuValues.Update(Map, &index, cpu, CpuCount, value));
    }

    /// <summary>Reads neighbouring elements, in batches where the kernel has them (Linux 5.13). Not one moment's picture: each is read on its own.</summary>
    /// <param name="index">The first: 0 to <see cref="Length"/>.</param>
    /// <param name="perCpu">Where their values go, those of all CPUs of one element after those of the one before; it is filled.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many elements.</exception>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="CpuCount"/>.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused; the first <see cref="BpfSyscallException.CompletedCount"/> elements were read.</exception>
    public void ReadRange(int index, Span<T> perCpu) => PerCpuRanges.ReadArray(Map, index, RequireRange(index, perCpu.Length), perCpu, CpuCount);

    /// <summary>Writes neighbouring elements, one after the other, in batches where the kernel has them (Linux 5.13).</summary>
    /// <param name="index">The first: 0 to <see cref="Length"/>.</param>
    /// <param name="perCpu">Their values, those of all CPUs of one element after those of the one before.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many elements.</exception>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="CpuCount"/>.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen; the first <see cref="BpfSyscallException.CompletedCount"/> elements were written.</exception>
    public void WriteRange(int index, ReadOnlySpan<T> perCpu) => PerCpuRanges.WriteArray(Map, index, RequireRange(index, perCpu.Length), perCpu, CpuCount);

    /// <summary>Writes the same value for all CPUs.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">The value that each CPU gets; all zero resets a counter.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void WriteAll(int index, in T value)
    {
        RequireIndex(index);
        RequireWritten(PerCpuValues.UpdateAll(Map, &index, value, CpuCount, (ulong)BpfElementFlags.Any));
    }

    /// <summary>Sets all values of all elements to zero, one element after the other.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because the map is frozen.</exception>
    public void Clear() => ArrayRanges.Clear(Map, PerCpuValues.Size<T>(CpuCount), Length);

    /// <summary>Walks over the elements from the first to the last; an element's key is its index.</summary>
    /// <returns>The enumerator.</returns>
    public BpfPerCpuEnumerator<int, T> GetEnumerator() => new(MapWalk.Begin(Map, PerCpuValues.Size<T>(CpuCount)));

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

    internal void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }
    }

    internal void RequireRead(int result)
    {
        if (result < 0)
        {
            MapErrors.ThrowLookup(Map, result);
        }
    }

    /// <returns>How many elements.</returns>
    private int RequireRange(int index, int perCpu)
    {
        (int count, int rest) = Math.DivRem(perCpu, CpuCount);
        if (rest != 0)
        {
            MapErrors.ThrowNotWhole(Map, perCpu, CpuCount);
        }

        if ((uint)index > (uint)Length || count > Length - index)
        {
            MapErrors.ThrowRange(Map, index, count);
        }

        return count;
    }

    private void RequireWritten(int result)
    {
        if (result < 0)
        {
            MapErrors.ThrowUpdate(Map, result);
        }
    }
}
