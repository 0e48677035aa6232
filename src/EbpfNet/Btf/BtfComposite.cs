using System.Collections.Immutable;

namespace EbpfNet.Btf;

/// <summary>A member of a struct or union: <c>struct btf_member</c>.</summary>
/// <param name="Name">The name; empty for an anonymous struct or union.</param>
/// <param name="Type">The declared type.</param>
/// <param name="BitOffset">The offset from the start of the struct or union, in bits.</param>
/// <param name="BitfieldSize">The width in bits of a bit field, or 0 for an ordinary member.</param>
public readonly record struct BtfMember(string Name, BtfTypeId Type, uint BitOffset, byte BitfieldSize = 0)
{
    /// <summary>Whether the member is a bit field.</summary>
    public bool IsBitfield => BitfieldSize != 0;

    /// <summary>The offset in bytes; for a bit field that of the byte its first bit lies in.</summary>
    public uint ByteOffset => BitOffset / 8;
}

/// <summary>A struct or a union.</summary>
public abstract class BtfComposite : BtfType
{
    private protected BtfComposite(BtfKind kind, string name, uint size, ImmutableArray<BtfMember> members)
        : base(kind, name)
    {
        Size = size;
        Members = members.IsDefault ? [] : members;
    }

    /// <summary>The size in bytes.</summary>
    public uint Size { get; }

    /// <summary>The members in the order of their declaration. <see cref="BtfSpec.EnumerateFields"/> looks through anonymous ones.</summary>
    public ImmutableArray<BtfMember> Members { get; }
}

/// <summary>A struct: <c>BTF_KIND_STRUCT</c>.</summary>
public sealed class BtfStruct : BtfComposite
{
    /// <summary>Describes a struct.</summary>
    /// <param name="name">The tag, without the word <c>struct</c>; empty for an anonymous struct.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="members">The members.</param>
    public BtfStruct(string name, uint size, params ImmutableArray<BtfMember> members)
        : base(BtfKind.Struct, name, size, members)
    {
    }
}

/// <summary>A union: <c>BTF_KIND_UNION</c>.</summary>
public sealed class BtfUnion : BtfComposite
{
    /// <summary>Describes a union.</summary>
    /// <param name="name">The tag, without the word <c>union</c>; empty for an anonymous union.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="members">The members.</param>
    public BtfUnion(string name, uint size, params ImmutableArray<BtfMember> members)
        : base(BtfKind.Union, name, size, members)
    {
    }
}

/// <summary>A declaration of a struct or union whose members are not known: <c>BTF_KIND_FWD</c>.</summary>
public sealed class BtfForward : BtfType
{
    /// <summary>Describes a forward declaration.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="isUnion">Whether a union is declared rather than a struct.</param>
    public BtfForward(string name, bool isUnion = false)
        : base(BtfKind.Forward, name) => IsUnion = isUnion;

    /// <summary>Whether a union is declared rather than a struct.</summary>
    public bool IsUnion { get; }
}
