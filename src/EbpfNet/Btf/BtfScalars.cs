namespace EbpfNet.Btf;

/// <summary>How the bits of a <see cref="BtfInt"/> are meant: the kernel's <c>BTF_INT_*</c>.</summary>
[Flags]
public enum BtfIntEncoding : byte
{
    /// <summary>An unsigned number.</summary>
    None = 0,

    /// <summary>A signed number (<c>BTF_INT_SIGNED</c>).</summary>
    Signed = 1,

    /// <summary>A character (<c>BTF_INT_CHAR</c>).</summary>
    Char = 2,

    /// <summary>A boolean (<c>BTF_INT_BOOL</c>).</summary>
    Bool = 4,
}

/// <summary>An integer type: <c>BTF_KIND_INT</c>.</summary>
public sealed class BtfInt : BtfType
{
    /// <summary>Describes an integer that uses all bits of its storage.</summary>
    /// <param name="name">The C name, for example <c>unsigned int</c>.</param>
    /// <param name="size">The storage size in bytes.</param>
    /// <param name="encoding">How the bits are meant.</param>
    public BtfInt(string name, uint size, BtfIntEncoding encoding = BtfIntEncoding.None)
        : this(name, size, encoding, 0, (byte)(size * 8))
    {
        // 16 bytes, __int128, is the largest integer there is.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 16u);
    }

    /// <summary>Describes an integer that may use a part of its storage only.</summary>
    /// <param name="name">The C name.</param>
    /// <param name="size">The storage size in bytes.</param>
    /// <param name="encoding">How the bits are meant.</param>
    /// <param name="bitOffset">The first bit used.</param>
    /// <param name="bits">The number of bits used.</param>
    public BtfInt(string name, uint size, BtfIntEncoding encoding, byte bitOffset, byte bits)
        : base(BtfKind.Int, name)
    {
        Size = size;
        Encoding = encoding;
        BitOffset = bitOffset;
        Bits = bits;
    }

    /// <summary>The storage size in bytes.</summary>
    public uint Size { get; }

    /// <summary>How the bits are meant. Bits that the kernel has not assigned are kept.</summary>
    public BtfIntEncoding Encoding { get; }

    /// <summary>The first bit used within the storage; 0 but for bit fields described by compilers before LLVM 8.</summary>
    public byte BitOffset { get; }

    /// <summary>The number of bits used.</summary>
    public byte Bits { get; }

    /// <summary>Whether the number is signed.</summary>
    public bool IsSigned => (Encoding & BtfIntEncoding.Signed) != 0;

    /// <summary>Whether the integer is marked as a character.</summary>
    public bool IsChar => (Encoding & BtfIntEncoding.Char) != 0;

    /// <summary>Whether the integer is a boolean.</summary>
    public bool IsBool => (Encoding & BtfIntEncoding.Bool) != 0;
}

/// <summary>A floating-point type: <c>BTF_KIND_FLOAT</c> (Linux 5.13).</summary>
public sealed class BtfFloat : BtfType
{
    /// <summary>Describes a floating-point type.</summary>
    /// <param name="name">The C name, for example <c>double</c>.</param>
    /// <param name="size">The size in bytes.</param>
    public BtfFloat(string name, uint size)
        : base(BtfKind.Float, name) => Size = size;

    /// <summary>The size in bytes.</summary>
    public uint Size { get; }
}

/// <summary>A pointer: <c>BTF_KIND_PTR</c>.</summary>
public sealed class BtfPointer : BtfType
{
    /// <summary>Describes a pointer.</summary>
    /// <param name="target">The type pointed to.</param>
    public BtfPointer(BtfTypeId target)
        : base(BtfKind.Pointer, "") => Target = target;

    /// <summary>The type pointed to; <see cref="BtfTypeId.Void"/> for <c>void *</c>.</summary>
    public BtfTypeId Target { get; }
}

/// <summary>An array of a fixed length: <c>BTF_KIND_ARRAY</c>.</summary>
public sealed class BtfArray : BtfType
{
    /// <summary>Describes an array.</summary>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="indexType">The type of the index, by convention an unsigned 32-bit integer.</param>
    /// <param name="length">The number of elements; 0 for a flexible array.</param>
    public BtfArray(BtfTypeId elementType, BtfTypeId indexType, uint length)
        : base(BtfKind.Array, "")
    {
        ElementType = elementType;
        IndexType = indexType;
        Length = length;
    }

    /// <summary>The type of the elements.</summary>
    public BtfTypeId ElementType { get; }

    /// <summary>The type of the index.</summary>
    public BtfTypeId IndexType { get; }

    /// <summary>The number of elements. BTF-defined maps state their numbers through it: <c>int (*max_entries)[1024]</c>.</summary>
    public uint Length { get; }
}
