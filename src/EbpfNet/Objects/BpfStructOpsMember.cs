using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>A member of a <see cref="BpfStructOpsSpec"/>: a function, which a program implements, or a value.</summary>
public sealed class BpfStructOpsMember
{
    private readonly BpfMapSpec _map;

    internal BpfStructOpsMember(BpfMapSpec map, BtfMember member, int size, bool isFunction)
    {
        _map = map;
        Name = member.Name;
        TypeId = member.Type;
        Offset = (int)member.ByteOffset;
        Size = size;
        IsFunction = isFunction;
        IsBitfield = member.IsBitfield;
    }

    /// <summary>The member's name in C.</summary>
    public string Name { get; }

    /// <summary>Where the member is in the object's struct, in bytes; the kernel's may have it elsewhere.</summary>
    public int Offset { get; }

    /// <summary>The member's size in bytes.</summary>
    public int Size { get; }

    /// <summary>The member's type in the object's BTF.</summary>
    public BtfTypeId TypeId { get; }

    /// <summary>Whether the member is a pointer to a function, for which <see cref="Program"/> stands.</summary>
    public bool IsFunction { get; }

    /// <summary>
    /// The program that implements the function, of type <see cref="BpfProgramType.StructOps"/>; <see langword="null"/> to leave the function out. Loading the
    /// object loads it if the map is created, whatever its <see cref="BpfProgramSpec.AutoLoad"/> says, and does not load one that was replaced here and is used nowhere else.
    /// </summary>
    /// <exception cref="InvalidOperationException">The member is not a function.</exception>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    public BpfProgramSpec? Program
    {
        get;
        set
        {
            if (!IsFunction)
            {
                throw new InvalidOperationException($"Member '{Name}' of '{_map.Name}' is not a function; set its value with {nameof(SetValue)}.");
            }

            field = value is null or { Type: BpfProgramType.StructOps }
                ? value
                : throw new ArgumentException($"Member '{Name}' of '{_map.Name}' is implemented by programs of section 'struct_ops', but {value} is of type {value.Type.CName()}.", nameof(value));
        }
    }

    /// <summary>The bytes of a member that is a value, in the object's byte order.</summary>
    public ReadOnlySpan<byte> InitialValue => _map.InitialValue.Span.Slice(Offset, Size);

    /// <summary>The program that the object's source names.</summary>
    internal BpfProgramSpec? Declared { get; private set; }

    internal bool IsBitfield { get; }

    /// <summary>Sets the value that the kernel is given.</summary>
    /// <typeparam name="T">A type of the member's size. The bytes are taken as this machine has them.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfLayoutException">T has another size than the member.</exception>
    /// <exception cref="InvalidOperationException">The member is a function, or a bit field.</exception>
    public void SetValue<T>(T value)
        where T : unmanaged
    {
        RequireSize<T>();
        SetValue(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
    }

    /// <summary>Sets the value that the kernel is given.</summary>
    /// <param name="value">The bytes, exactly <see cref="Size"/> of them, in the object's byte order.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    /// <exception cref="InvalidOperationException">The member is a function, or a bit field.</exception>
    public void SetValue(ReadOnlySpan<byte> value)
    {
        if (IsFunction || IsBitfield)
        {
            throw new InvalidOperationException($"Member '{Name}' of '{_map.Name}' {(IsFunction ? $"is a function; set its {nameof(Program)}" : "is a bit field, which no loader sets")}.");
        }

        if (value.Length != Size)
        {
            throw new ArgumentException($"Member '{Name}' of '{_map.Name}' has {Size} bytes, but {value.Length} were given.", nameof(value));
        }

        value.CopyTo(_map.GetContents().AsSpan(Offset, Size));
    }

    /// <summary>The value that the kernel is given.</summary>
    /// <typeparam name="T">A type of the member's size.</typeparam>
    /// <exception cref="BpfLayoutException">T has another size than the member.</exception>
    public T GetValue<T>()
        where T : unmanaged
    {
        RequireSize<T>();
        return MemoryMarshal.Read<T>(InitialValue);
    }

    /// <inheritdoc/>
    public override string ToString() => $"member '{Name}' of '{_map.Name}'{(Program is null ? "" : $" = {Program.Name}")}";

    internal void Declare(BpfProgramSpec program) => Program = Declared = program;

    private void RequireSize<T>()
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != Size)
        {
            throw new BpfLayoutException(
                typeof(T).Name,
                $"member '{Name}' of '{_map.Name}'",
                $"it takes {Unsafe.SizeOf<T>()} bytes in C#, but the member takes {Size}; use a type of exactly that size",
                actualOffset: Unsafe.SizeOf<T>(),
                expectedOffset: Size);
        }
    }
}
