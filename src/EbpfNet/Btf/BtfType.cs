namespace EbpfNet.Btf;

/// <summary>
/// A type as BTF describes it. Types are immutable and refer to each other by id; the <see cref="BtfSpec"/> they came from resolves the ids.
/// A type made with a constructor has no id until it is added with <see cref="BtfBuilder.Add(BtfType)"/>.
/// </summary>
public abstract class BtfType
{
    private protected BtfType(BtfKind kind, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Kind = kind;
        Name = name;
    }

    /// <summary>Which kind of type this is.</summary>
    public BtfKind Kind { get; }

    /// <summary>The type's name; empty for anonymous types and for kinds that have no name. Names of more than 4096 bytes are cut.</summary>
    public string Name { get; }

    /// <summary>The type's id within the spec it was read from, or <see cref="BtfTypeId.Void"/> for a type that was made with a constructor.</summary>
    public BtfTypeId Id { get; internal init; }

    /// <summary>Whether the type has no name.</summary>
    public bool IsAnonymous => Name.Length == 0;

    /// <summary>The id, kind and name, for logs. <see cref="BtfSpec.Describe(BtfTypeId)"/> gives the type as C writes it.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => IsAnonymous ? $"{Id} {Kind}" : $"{Id} {Kind} {Name}";
}

/// <summary>The void type: id 0 of every spec.</summary>
public sealed class BtfVoid : BtfType
{
    private BtfVoid()
        : base(BtfKind.Void, "")
    {
    }

    /// <summary>The one void type.</summary>
    public static BtfVoid Instance { get; } = new();
}

/// <summary>A type of a kind that this library does not know, which the BTF itself says how to step over (layout section, kernels of 2026 and later).</summary>
public sealed class BtfOpaque : BtfType
{
    internal BtfOpaque(BtfKind kind, string name)
        : base(kind, name)
    {
    }
}
