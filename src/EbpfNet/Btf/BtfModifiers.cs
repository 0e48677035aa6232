namespace EbpfNet.Btf;

/// <summary>A type that is another type with a name or a property added; <see cref="BtfSpec.SkipModifiers"/> looks through these.</summary>
public abstract class BtfModifier : BtfType
{
    private protected BtfModifier(BtfKind kind, string name, BtfTypeId target)
        : base(kind, name) => Target = target;

    /// <summary>The type that is modified.</summary>
    public BtfTypeId Target { get; }
}

/// <summary>A typedef: <c>BTF_KIND_TYPEDEF</c>.</summary>
public sealed class BtfTypedef : BtfModifier
{
    /// <summary>Describes a typedef.</summary>
    /// <param name="name">The new name.</param>
    /// <param name="target">The type it names.</param>
    public BtfTypedef(string name, BtfTypeId target)
        : base(BtfKind.Typedef, name, target)
    {
    }
}

/// <summary>A <c>volatile</c> type: <c>BTF_KIND_VOLATILE</c>.</summary>
public sealed class BtfVolatile : BtfModifier
{
    /// <summary>Describes a <c>volatile</c> type.</summary>
    /// <param name="target">The type that is volatile.</param>
    public BtfVolatile(BtfTypeId target)
        : base(BtfKind.Volatile, "", target)
    {
    }
}

/// <summary>A <c>const</c> type: <c>BTF_KIND_CONST</c>.</summary>
public sealed class BtfConst : BtfModifier
{
    /// <summary>Describes a <c>const</c> type.</summary>
    /// <param name="target">The type that is const.</param>
    public BtfConst(BtfTypeId target)
        : base(BtfKind.Const, "", target)
    {
    }
}

/// <summary>A <c>restrict</c> type: <c>BTF_KIND_RESTRICT</c>.</summary>
public sealed class BtfRestrict : BtfModifier
{
    /// <summary>Describes a <c>restrict</c> type.</summary>
    /// <param name="target">The pointer type that is restricted.</param>
    public BtfRestrict(BtfTypeId target)
        : base(BtfKind.Restrict, "", target)
    {
    }
}

/// <summary>A tag on a type, such as <c>user</c> or <c>kptr</c>: <c>BTF_KIND_TYPE_TAG</c> (Linux 5.17).</summary>
public sealed class BtfTypeTag : BtfModifier
{
    /// <summary>Describes a tagged type.</summary>
    /// <param name="value">The tag's text.</param>
    /// <param name="target">The type that is tagged.</param>
    /// <param name="isAttribute">Whether the text is a C attribute in full (kind_flag, Linux 6.15).</param>
    public BtfTypeTag(string value, BtfTypeId target, bool isAttribute = false)
        : base(BtfKind.TypeTag, value, target) => IsAttribute = isAttribute;

    /// <summary>The tag's text; the same as <see cref="BtfType.Name"/>.</summary>
    public string Value => Name;

    /// <summary>Whether the text is a C attribute in full rather than the argument of <c>btf_type_tag</c> (kind_flag, Linux 6.15).</summary>
    public bool IsAttribute { get; }
}
