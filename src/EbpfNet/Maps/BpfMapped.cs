using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Memory that this process shares with BPF programs, held until disposed.</summary>
/// <typeparam name="T">The type of what is there.</typeparam>
/// <remarks>
/// Dispose it once. References and spans taken from it must not be used afterwards: the memory may be gone then. Programs change it at any time: use
/// <see cref="Interlocked"/> and <see cref="Volatile"/> where that matters.
/// </remarks>
public readonly unsafe ref struct BpfMapped<T>
    where T : unmanaged
{
    private readonly MemoryMapping.Lease _lease;
    private readonly int _offset;
    private readonly int _length;

    internal BpfMapped(MemoryMapping.Lease lease, int offset, int length)
    {
        _lease = lease;
        _offset = offset;
        _length = length;
    }

    /// <summary>The value; the first one of several.</summary>
    public ref T Value => ref Unsafe.AsRef<T>(_lease.Address + _offset);

    /// <summary>The value, or all elements of an array.</summary>
    public Span<T> Span => new(_lease.Address + _offset, _length);

    /// <summary>Lets go of the memory.</summary>
    public void Dispose() => _lease.Dispose();
}

/// <summary>Memory that this process shares with BPF programs, for reading, held until disposed.</summary>
/// <typeparam name="T">The type of what is there.</typeparam>
/// <remarks>
/// Dispose it once. References and spans taken from it must not be used afterwards: the memory may be gone then. Programs may change it at any time.
/// </remarks>
public readonly unsafe ref struct BpfMappedReadOnly<T>
    where T : unmanaged
{
    private readonly MemoryMapping.Lease _lease;
    private readonly int _offset;
    private readonly int _length;

    internal BpfMappedReadOnly(MemoryMapping.Lease lease, int offset, int length)
    {
        _lease = lease;
        _offset = offset;
        _length = length;
    }

    /// <summary>The value; the first one of several.</summary>
    public ref readonly T Value => ref Unsafe.AsRef<T>(_lease.Address + _offset);

    /// <summary>The value, or all elements of an array.</summary>
    public ReadOnlySpan<T> Span => new(_lease.Address + _offset, _length);

    /// <summary>Lets go of the memory.</summary>
    public void Dispose() => _lease.Dispose();
}
