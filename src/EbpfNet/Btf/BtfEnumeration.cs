using System.Collections.Immutable;

namespace EbpfNet.Btf;

/// <summary>A named constant of an enum: <c>struct btf_enum</c> or <c>struct btf_enum64</c>.</summary>
/// <param name="Name">The constant's name.</param>
/// <param name="Value">The value: sign-extended when the enum is signed, else zero-extended.</param>
public readonly record struct BtfEnumerator(string Name, long Value)
{
    /// <summary>The value as an unsigned number: what an unsigned 64-bit enum means.</summary>
    public ulong UnsignedValue => (ulong)Value;
}

/// <summary>An enum, whichever its width.</summary>
public abstract class BtfEnumeration : BtfType
{
    private protected BtfEnumeration(BtfKind kind, string name, uint size, bool isSigned, ImmutableArray<BtfEnumerator> enumerators)
        : base(kind, name)
    {
        Size = size;
        IsSigned = isSigned;
        Enumerators = enumerators.IsDefault ? [] : enumerators;
    }

    /// <summary>The size in bytes.</summary>
    public uint Size { get; }

    /// <summary>Whether the values are signed. Compilers before LLVM 16 never say so, not even for negative values.</summary>
    public bool IsSigned { get; }

    /// <summary>The constants in the order of their declaration.</summary>
    public ImmutableArray<BtfEnumerator> Enumerators { get; }
}

/// <summary>An enum of up to 32 bits: <c>BTF_KIND_ENUM</c>.</summary>
public sealed class BtfEnum : BtfEnumeration
{
    /// <summary>Describes an enum whose values are stored in 32 bits.</summary>
    /// <param name="name">The tag; empty for an anonymous enum.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="isSigned">Whether the values are signed.</param>
    /// <param name="enumerators">The constants.</param>
    public BtfEnum(string name, uint size, bool isSigned, params ImmutableArray<BtfEnumerator> enumerators)
        : base(BtfKind.Enum, name, size, isSigned, enumerators)
    {
    }
}

/// <summary>An enum of 64 bits: <c>BTF_KIND_ENUM64</c> (Linux 6.0).</summary>
public sealed class BtfEnum64 : BtfEnumeration
{
    /// <summary>Describes an enum whose values are stored in 64 bits.</summary>
    /// <param name="name">The tag; empty for an anonymous enum.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="isSigned">Whether the values are signed.</param>
    /// <param name="enumerators">The constants.</param>
    public BtfEnum64(string name, uint size, bool isSigned, params ImmutableArray<BtfEnumerator> enumerators)
        : base(BtfKind.Enum64, name, size, isSigned, enumerators)
    {
    }
}
