using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Memory that this process shares with BPF programs, for reading, held until disposed: a global variable, or the elements of an array.</summary>
/// <typeparam name="T">The type of what is there.</typeparam>
/// <remarks>
/// <para>
/// Dispose it once. References and spans taken from it must not be used afterwards: the memory may be gone then. Programs may change it at any time.
/// Do not turn its references into writable ones: writing to memory that is mapped for reading ends the process.
/// </para>
/// <para>
/// The kernel rounds the elements of an array up to 8 bytes, so that smaller ones lie apart: <see cref="Span"/> is there where the size of <typeparamref name="T"/> is
/// a multiple of 8, and for variables; the indexer and <c>foreach</c> work for all sizes.
/// </para>
/// </remarks>
public readonly unsafe ref struct BpfMappedReadOnly<T>
    where T : unmanaged
{
    private readonly MemoryMapping _memory;
    private readonly byte* _start;
    private readonly int _length;
    private readonly int _stride;

    internal BpfMappedReadOnly(MemoryMapping.Lease lease, nint offset, int length, int stride)
    {
        _memory = lease.Owner;
        _start = lease.Address + offset;
        _length = length;
        _stride = stride;
    }

    /// <summary>The number of elements: 1 for a variable that is no array.</summary>
    public int Length => _length;

    /// <summary>How many bytes there are from one element to the next: the size of <typeparamref name="T"/>, in arrays rounded up to 8.</summary>
    public int Stride => _stride;

    /// <summary>The value; the first one of several.</summary>
    public ref readonly T Value => ref Unsafe.AsRef<T>(_start);

    /// <summary>All elements, without gaps.</summary>
    /// <exception cref="NotSupportedException">There are gaps: the elements of an array lie 8 bytes or a multiple of 8 apart, and <typeparamref name="T"/> has another size.</exception>
    public ReadOnlySpan<T> Span
    {
        get
        {
            if (_stride != sizeof(T))
            {
                MapErrors.ThrowNoSpan(typeof(T), sizeof(T), _stride);
            }

            return new ReadOnlySpan<T>(_start, _length);
        }
    }

    /// <summary>An element, in place.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public ref readonly T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)_length)
            {
                MapErrors.ThrowMappedIndex(index, _length);
            }

            return ref Unsafe.AsRef<T>(_start + ((nint)(uint)index * _stride));
        }
    }

    /// <summary>Walks over the elements in place: <c>foreach (ref readonly ulong counter in counters)</c>.</summary>
    /// <returns>The enumerator, good as long as the lease.</returns>
    public Enumerator GetEnumerator() => new(_start, _length, _stride);

    /// <summary>Lets go of the memory.</summary>
    public void Dispose() => _memory.DangerousRelease();

    /// <summary>Walks over elements in place.</summary>
    public ref struct Enumerator
    {
        private readonly byte* _end;
        private readonly nint _stride;
        private byte* _at;

        internal Enumerator(byte* start, int length, int stride)
        {
            _stride = stride;
            _at = start - stride;
            _end = start + ((nint)length * stride);
        }

        /// <summary>The element.</summary>
        public readonly ref readonly T Current => ref Unsafe.AsRef<T>(_at);

        /// <summary>Goes to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext() => (_at += _stride) < _end;
    }
}
