using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The memory of an arena, held until disposed: pointers are followed, and made, here.</summary>
/// <remarks>
/// Dispose it once. References and spans taken from it must not be used afterwards: the memory may be gone then. Programs change it at any time: use
/// <see cref="Interlocked"/> and <see cref="Volatile"/> where that matters. A page that nobody has used yet comes into being, all zero, when this process touches it.
/// </remarks>
public readonly unsafe ref struct BpfArenaMemory
{
    private readonly MemoryMapping _memory;
    private readonly byte* _start;
    private readonly long _length;

    internal BpfArenaMemory(MemoryMapping.Lease lease)
    {
        _memory = lease.Owner;
        _start = lease.Address;
        _length = (long)lease.Owner.Length;
    }

    /// <summary>The size of the arena in bytes.</summary>
    public long Length => _length;

    /// <summary>What a pointer points to, for reading and writing in place.</summary>
    /// <typeparam name="T">The type of it, laid out as the C type; <see cref="BpfArenaPointer"/> for pointers in it.</typeparam>
    /// <param name="pointer">The pointer.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is NULL, or points out of the arena.</exception>
    public ref T At<T>(BpfArenaPointer pointer)
        where T : unmanaged => ref Unsafe.AsRef<T>(Find(pointer, sizeof(T)));

    /// <summary>The elements of an array that a pointer points to.</summary>
    /// <typeparam name="T">The type of the elements, laid out as the C type.</typeparam>
    /// <param name="pointer">The pointer to the first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pointer is NULL, or not all of them are in the arena.</exception>
    public Span<T> Span<T>(BpfArenaPointer pointer, int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new Span<T>(Find(pointer, (long)count * sizeof(T)), count);
    }

    /// <summary>The pointer to a place in the arena.</summary>
    /// <param name="offset">The distance from the start of the arena in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the arena.</exception>
    public BpfArenaPointer PointerAt(long offset)
    {
        if ((ulong)offset >= (ulong)_length)
        {
            ThrowOffset(offset, _length);
        }

        return new BpfArenaPointer((ulong)(_start + offset));
    }

    /// <summary>The pointer to what a reference refers to.</summary>
    /// <typeparam name="T">The type of it.</typeparam>
    /// <param name="target">Something in the arena, as <see cref="At"/> or <see cref="Span"/> gave it.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the arena.</exception>
    public BpfArenaPointer PointerTo<T>(ref readonly T target)
        where T : unmanaged => PointerAt((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in target)) - _start);

    /// <summary>Lets go of the memory.</summary>
    public void Dispose() => _memory.DangerousRelease();

    private byte* Find(BpfArenaPointer pointer, long size)
    {
        // An arena has no more than 4 GiB, so that the lower half of an address says where in it; programs that were told to (BPF_F_NO_USER_CONV) leave out the upper one.
        ulong start = (ulong)_start;
        uint offset = unchecked((uint)pointer.Address - (uint)start);
        ulong upper = pointer.Address >> 32;
        if (pointer.IsNull || size > _length - offset || (upper != 0 && upper != (start + offset) >> 32))
        {
            ThrowPointer(pointer, size, start, _length);
        }

        return _start + offset;
    }

    [DoesNotReturn]
    private static void ThrowPointer(BpfArenaPointer pointer, long size, ulong start, long length) =>
        throw new ArgumentOutOfRangeException(nameof(pointer), pointer, pointer.IsNull
            ? "The pointer is NULL."
            : string.Create(CultureInfo.InvariantCulture, $"From there, {size} bytes are not in the arena, which has 0x{length:x} bytes at 0x{start:x}."));

    [DoesNotReturn]
    private static void ThrowOffset(long offset, long length) =>
        throw new ArgumentOutOfRangeException(nameof(offset), offset, string.Create(CultureInfo.InvariantCulture, $"That is not in the arena, which has {length} bytes."));
}
