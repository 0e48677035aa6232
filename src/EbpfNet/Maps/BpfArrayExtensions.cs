using System.Diagnostics.CodeAnalysis;

namespace EbpfNet;

/// <summary>Atomic additions to the elements of mapped arrays, which neither programs nor other threads come in between.</summary>
public static class BpfArrayExtensions
{
    /// <summary>Adds to an element in shared memory; programs add with <c>__sync_fetch_and_add</c>.</summary>
    /// <param name="array">An array that was created with <c>BPF_F_MMAPABLE</c>.</param>
    /// <param name="index">Which element.</param>
    /// <param name="value">What to add.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="InvalidOperationException">The array may only be read.</exception>
    /// <exception cref="BpfNotSupportedException">The array is not in shared memory: there is no atomic addition then.</exception>
    /// <exception cref="ObjectDisposedException">The array was disposed.</exception>
    public static int Add(this BpfArray<int> array, int index, int value)
    {
        using BpfMapped<int> element = MapElement(array, index);
        return Interlocked.Add(ref element.Value, value);
    }

    /// <inheritdoc cref="Add(BpfArray{int}, int, int)"/>
    public static uint Add(this BpfArray<uint> array, int index, uint value)
    {
        using BpfMapped<uint> element = MapElement(array, index);
        return Interlocked.Add(ref element.Value, value);
    }

    /// <inheritdoc cref="Add(BpfArray{int}, int, int)"/>
    public static long Add(this BpfArray<long> array, int index, long value)
    {
        using BpfMapped<long> element = MapElement(array, index);
        return Interlocked.Add(ref element.Value, value);
    }

    /// <inheritdoc cref="Add(BpfArray{int}, int, int)"/>
    public static ulong Add(this BpfArray<ulong> array, int index, ulong value)
    {
        using BpfMapped<ulong> element = MapElement(array, index);
        return Interlocked.Add(ref element.Value, value);
    }

    private static BpfMapped<T> MapElement<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(BpfArray<T> array, int index)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(array);
        return array.MapElement(index);
    }
}
