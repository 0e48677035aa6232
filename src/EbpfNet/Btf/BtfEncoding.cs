namespace EbpfNet.Btf;

/// <summary>The numbers of the format: headers, the bits of <c>btf_type.info</c>, and how long the records behind each kind are.</summary>
internal static class BtfEncoding
{
    public const ushort Magic = 0xEB9F;
    public const byte Version = 1;
    public const uint HeaderSize = 24;

    /// <summary>With the layout section's offset and length (kernels of 2026 and later).</summary>
    public const uint HeaderSizeWithLayout = 32;

    public const uint TypeHeaderSize = 12;
    public const uint MaxVariableLength = 0x00FF_FFFF;

    /// <summary>The most entries that kernels before 2026 take: they read 16 bits.</summary>
    public const uint MaxPortableVariableLength = 0xFFFF;

    public const uint KindFlag = 0x8000_0000;

    // Seven bits of kind and 24 of length since 2026; the added bits were zero before, so that one reading serves both.
    public static BtfKind Kind(uint info) => (BtfKind)((info >> 24) & 0x7F);

    public static uint VariableLength(uint info) => info & MaxVariableLength;

    public static bool HasKindFlag(uint info) => (info & KindFlag) != 0;

    public static uint Info(BtfKind kind, uint variableLength, bool kindFlag = false) =>
        ((uint)kind << 24) | variableLength | (kindFlag ? KindFlag : 0);

    /// <summary>The bytes behind a type's header: those that come once, and those that come once per entry.</summary>
    /// <returns>False when the kind is not one of the 19.</returns>
    public static bool TryGetRecordSizes(BtfKind kind, out uint once, out uint perEntry)
    {
        (once, perEntry) = kind switch
        {
            BtfKind.Int or BtfKind.Variable or BtfKind.DeclTag => (4u, 0u),
            BtfKind.Array => (12u, 0u),
            BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => (0u, 12u),
            BtfKind.Enum or BtfKind.FunctionPrototype => (0u, 8u),
            _ => (0u, 0u),
        };
        return kind is >= BtfKind.Int and <= BtfKind.Enum64;
    }

    /// <summary>Whether the header's third word is a type id (else a size, or nothing).</summary>
    public static bool RefersToType(BtfKind kind) => kind is BtfKind.Pointer or (>= BtfKind.Typedef and <= BtfKind.Variable) or BtfKind.DeclTag or BtfKind.TypeTag;
}
