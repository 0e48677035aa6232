using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>A global variable of an object. Setting it changes what the object starts with each time it is loaded from now on.</summary>
public sealed class BpfVariableSpec
{
    internal BpfVariableSpec(string name, BpfMapSpec map, int offset, int size, BtfTypeId? typeId, string? sectionName = null)
    {
        Name = name;
        Map = map;
        Offset = offset;
        Size = size;
        TypeId = typeId;
        SectionName = sectionName ?? map.Name;
    }

    /// <summary>The variable's name in C.</summary>
    public string Name { get; }

    /// <summary>The map that holds the variable's section.</summary>
    public BpfMapSpec Map { get; }

    /// <summary>The name of the ELF section that the variable is in: <c>.rodata</c>, <c>.data</c>, <c>.bss</c> or one that starts so, <c>.addr_space.1</c> for variables in an arena, or <c>.kconfig</c> for the kernel's options.</summary>
    public string SectionName { get; }

    /// <summary>Where the variable is within its section, in bytes.</summary>
    public int Offset { get; }

    /// <summary>The variable's size in bytes.</summary>
    public int Size { get; }

    /// <summary>The variable's type in the object's BTF, or <see langword="null"/> when the object does not tell.</summary>
    public BtfTypeId? TypeId { get; }

    /// <summary>Whether programs only read the variable (<c>const</c>): the verifier then takes its value as known, and it cannot be changed once loaded.</summary>
    public bool IsConstant => Map.IsFrozen;

    /// <summary>Whether code has set the variable since the object was read.</summary>
    internal bool IsAssigned { get; private set; }

    /// <summary>The bytes that the variable starts with, in the object's byte order.</summary>
    public ReadOnlySpan<byte> InitialValue
    {
        get
        {
            ReadOnlySpan<byte> section = Map.InitialValue.Span;
            return section.IsEmpty ? new byte[Size] : section.Slice(Offset, Size);
        }
    }

    /// <summary>Sets what the variable starts with.</summary>
    /// <typeparam name="T">A type of the variable's size, its fields where C has them. The bytes are taken as this machine has them.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfLayoutException">T has another size than the variable.</exception>
    public void SetValue<T>(T value)
        where T : unmanaged
    {
        RequireSize<T>();
        SetValue(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
    }

    /// <summary>Sets what the variable starts with.</summary>
    /// <param name="value">The bytes, exactly <see cref="Size"/> of them, in the object's byte order.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    public void SetValue(ReadOnlySpan<byte> value)
    {
        if (value.Length != Size)
        {
            throw new ArgumentException($"The variable '{Name}' has {Size} bytes, but {value.Length} were given.", nameof(value));
        }

        value.CopyTo(Map.GetContents().AsSpan(Offset, Size));
        IsAssigned = true;
    }

    /// <summary>What the variable starts with.</summary>
    /// <typeparam name="T">A type of the variable's size, its fields where C has them.</typeparam>
    /// <exception cref="BpfLayoutException">T has another size than the variable.</exception>
    public T GetValue<T>()
        where T : unmanaged
    {
        RequireSize<T>();
        return MemoryMarshal.Read<T>(InitialValue);
    }

    /// <inheritdoc/>
    public override string ToString() => $"variable '{Name}' ({SectionName}+0x{Offset:x}, {Size} bytes)";

    private void RequireSize<T>()
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != Size)
        {
            throw new BpfLayoutException(
                typeof(T).Name,
                $"the variable '{Name}'",
                $"it takes {Unsafe.SizeOf<T>()} bytes in C#, but the variable takes {Size} in {SectionName}; use a type of exactly that size",
                actualOffset: Unsafe.SizeOf<T>(),
                expectedOffset: Size);
        }
    }
}
