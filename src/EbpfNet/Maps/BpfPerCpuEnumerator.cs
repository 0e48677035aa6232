using System.Numerics;
using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>Walks over the elements of a per-CPU map: what <c>foreach</c> uses. The remarks of <see cref="BpfMapEnumerator{TKey, TValue}"/> apply.</summary>
/// <typeparam name="TKey">The type of the keys; <see cref="int"/> for arrays.</typeparam>
/// <typeparam name="TValue">The type of one CPU's value.</typeparam>
public readonly struct BpfPerCpuEnumerator<TKey, TValue> : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly MapWalk _walk;

    internal BpfPerCpuEnumerator(MapWalk walk) => _walk = walk;

    /// <summary>The element.</summary>
    /// <exception cref="InvalidOperationException">The walk has not begun, or has ended.</exception>
    public BpfPerCpuEntry<TKey, TValue> Current
    {
        get
        {
            MapCursor cursor = _walk.Element;
            return new(Unsafe.ReadUnaligned<TKey>(ref cursor.Key), cursor.Value);
        }
    }

    /// <summary>Goes to the next element.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    /// <exception cref="InvalidOperationException">Elements were removed so fast that no progress could be made (kernels without batches).</exception>
    public bool MoveNext() => _walk.MoveNext();

    /// <summary>Gives the memory of the walk back. Calling it again does nothing.</summary>
    public void Dispose() => _walk.Dispose();
}

/// <summary>An element of a per-CPU map, during an enumeration: good until the enumeration goes on.</summary>
/// <typeparam name="TKey">The type of the key; <see cref="int"/> for arrays.</typeparam>
/// <typeparam name="TValue">The type of one CPU's value.</typeparam>
public readonly ref struct BpfPerCpuEntry<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly ReadOnlySpan<byte> _values;

    internal BpfPerCpuEntry(TKey key, ReadOnlySpan<byte> values)
    {
        Key = key;
        _values = values;
    }

    /// <summary>The key, or the index in an array.</summary>
    public TKey Key { get; }

    /// <summary>How many values there are: one for each CPU that the machine could ever have.</summary>
    public int CpuCount => _values.Length / PerCpuValues.Stride<TValue>();

    /// <summary>One CPU's value.</summary>
    /// <param name="cpu">Which: 0 to <see cref="CpuCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
    public TValue this[int cpu]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)CpuCount, nameof(cpu));
            return PerCpuValues.Read<TValue>(_values, cpu);
        }
    }

    /// <summary>Copies the values of all CPUs, one after the other.</summary>
    /// <param name="perCpu">Where to; at least <see cref="CpuCount"/> elements.</param>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    public void CopyTo(Span<TValue> perCpu)
    {
        if (perCpu.Length < CpuCount)
        {
            throw new ArgumentException($"There are values of {CpuCount} CPUs, but room for {perCpu.Length} only.", nameof(perCpu));
        }

        PerCpuValues.Compact(_values, perCpu[..CpuCount]);
    }

    /// <summary>Combines the values of all CPUs.</summary>
    /// <param name="combine">Makes one value of two.</param>
    /// <returns>The result.</returns>
    public TValue Aggregate(Func<TValue, TValue, TValue> combine)
    {
        ArgumentNullException.ThrowIfNull(combine);
        return PerCpuValues.Aggregate(_values, combine);
    }

    internal TSum Sum<TSum>()
        where TSum : unmanaged, IAdditionOperators<TSum, TSum, TSum> => PerCpuValues.Sum<TSum>(_values);
}
