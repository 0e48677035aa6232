using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A global variable of a loaded object, alive: reading sees what programs write, and the other way round.</summary>
/// <typeparam name="T">The variable's type, or that of its elements if it is an array, laid out as the C type.</typeparam>
/// <remarks>
/// The variable is in memory that this process shares with the kernel (Linux 5.5): access costs no system call and allocates nothing. Up to 8 bytes are
/// read and written in one piece; larger values may be seen half written. On kernels without shared memory the whole section is read, or read and written
/// back, in every access, and what a program writes meanwhile may be lost. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfVariable<[DynamicallyAccessedMembers(BpfLayout.Members)] T>
    where T : unmanaged
{
    private readonly BpfMap _section;
    private readonly nint _offset;
    private readonly bool _isConstant;

    /// <param name="section">The map of the variable's section.</param>
    /// <param name="name">The variable's name.</param>
    /// <param name="offset">Where it is in its section.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="type">Its type in the section's BTF, or void.</param>
    /// <exception cref="BpfLayoutException">T does not fit.</exception>
    internal BpfVariable(BpfMap section, string name, long offset, int size, BtfTypeId type = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + size, section.Type == BpfMapType.Arena ? (long)section.MaxEntries * (long)MemoryMapping.PageSize : section.ValueSize, nameof(size));
        (int elementSize, BtfTypeId elementType) = FindElement(section.Btf, size, type);
        BpfLayout.Require<T>($"variable '{name}'", elementSize, section.Btf, elementType);
        _section = section;
        _offset = (nint)offset;
        _isConstant = (section.Flags & BpfMapFlags.ReadOnlyProgram) != 0 || section.TryGetMemory() is { IsWritable: false };
        Name = name;
        Length = size / sizeof(T);
    }

    /// <summary>The variable's name in C.</summary>
    public string Name { get; }

    /// <summary>The number of elements: 1, unless the variable is an array.</summary>
    public int Length { get; }

    /// <summary>Whether the variable is a constant, which has its value since the object was loaded.</summary>
    public bool IsReadOnly => _isConstant || _section.WasFrozen;

    /// <summary>Whether the variable is in shared memory; otherwise there are system calls behind every access, and no <see cref="Map"/>.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool IsMapped => _section.IsMapped();

    /// <summary>The variable's value; that of its first element if it is an array.</summary>
    /// <exception cref="InvalidOperationException">Setting a constant: set it in the object's spec before loading.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused (without shared memory).</exception>
    public T Value
    {
        get => Read(0);
        set => Write(0, value);
    }

    /// <summary>Reads an element.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused (without shared memory).</exception>
    public T Read(int index = 0)
    {
        RequireIndex(index);
        if (_section.TryGetMemory() is not { } shared)
        {
            return ReadByCall((int)_offset + (index * sizeof(T)));
        }

        using MemoryMapping.Lease memory = shared.Mapping.Acquire();
        return SharedMemory.Load<T>(memory.Address + _offset + (index * sizeof(T)));
    }

    /// <summary>Writes an element.</summary>
    /// <param name="index">Which: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="InvalidOperationException">The variable is a constant: set it in the object's spec before loading.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused (without shared memory).</exception>
    public void Write(int index, in T value)
    {
        RequireIndex(index);
        RequireWritable();
        if (_section.TryGetMemory() is not { } shared)
        {
            WriteByCall((int)_offset + (index * sizeof(T)), value);
            return;
        }

        using MemoryMapping.Lease memory = shared.AcquireForWriting();
        SharedMemory.Store(memory.Address + _offset + (index * sizeof(T)), value);
    }

    /// <summary>Holds the variable's memory, for access by reference: <c>using var counter = variable.Map(); Interlocked.Increment(ref counter.Value);</c></summary>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the object meanwhile.</returns>
    /// <exception cref="InvalidOperationException">The variable is a constant: use <see cref="MapReadOnly"/>.</exception>
    /// <exception cref="BpfNotSupportedException">The variable is not in shared memory.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfMapped<T> Map()
    {
        RequireWritable();
        return new BpfMapped<T>(RequireMemory().AcquireForWriting(), _offset, Length, sizeof(T));
    }

    /// <summary>Holds the variable's memory, for reading by reference.</summary>
    /// <returns>The lease; the memory stays mapped until it is disposed, whoever disposes the object meanwhile.</returns>
    /// <exception cref="BpfNotSupportedException">The variable is not in shared memory.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfMappedReadOnly<T> MapReadOnly() => new(RequireMemory().Mapping.Acquire(), _offset, Length, sizeof(T));

    /// <summary>The variable as messages call it.</summary>
    public override string ToString() => $"variable '{Name}'";

    /// <summary>An array's elements may be asked for one by one: the innermost type of T's size, else the variable as a whole.</summary>
    private static (int Size, BtfTypeId Type) FindElement(BtfSpec? btf, int size, BtfTypeId type)
    {
        if (btf is null || type.IsVoid)
        {
            return (size, default);
        }

        BtfTypeId whole = btf[type] is BtfVariable variable ? variable.Type : type;
        BtfTypeId at = whole;
        for (int depth = 0; depth < BtfSpec.MaxDepth && btf.SizeOf(at) != sizeof(T); depth++)
        {
            if (btf[btf.SkipModifiers(at)] is not BtfArray array)
            {
                return (size, whole);
            }

            at = array.ElementType;
        }

        return btf.SizeOf(at) == sizeof(T) ? (sizeof(T), at) : (size, whole);
    }

    private T ReadByCall(int offset)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_section.ValueSize);
        try
        {
            ReadSection(buffer);
            return MemoryMarshal.Read<T>(buffer.AsSpan(offset));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void WriteByCall(int offset, in T value)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_section.ValueSize);
        try
        {
            // Others of this process wait; a program that writes meanwhile cannot be made to.
            lock (_section)
            {
                ReadSection(buffer);
                MemoryMarshal.Write(buffer.AsSpan(offset), in value);
                int key = 0;
                fixed (byte* data = buffer)
                {
                    int result = MapElements.Update(_section.Handle, &key, data, (ulong)BpfElementFlags.Any);
                    if (result < 0)
                    {
                        MapErrors.ThrowUpdate(_section, result);
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadSection(byte[] buffer)
    {
        int key = 0;
        fixed (byte* data = buffer)
        {
            int result = MapElements.Lookup(_section.Handle, &key, data);
            if (result < 0)
            {
                MapErrors.ThrowLookup(_section, result);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            ThrowIndex(index);
        }
    }

    private void RequireWritable()
    {
        if (IsReadOnly)
        {
            throw new InvalidOperationException($"Variable '{Name}' is a constant in '{_section.Name}': programs were verified with its value. Set it in the object's spec before loading.");
        }
    }

    private MapMemory RequireMemory() => _section.TryGetMemory() ?? throw new BpfNotSupportedException(
        $"access by reference to variable '{Name}'", "its section is not in memory that this process shares with the kernel; use Value, Read and Write", new Version(5, 5));

    [DoesNotReturn]
    private void ThrowIndex(int index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"Variable '{Name}' has {Length} elements.");
}
