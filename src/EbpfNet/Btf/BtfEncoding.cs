namespace EbpfNet.Btf;

/// <summary>The numbers of the format: headers, and the bits of <c>btf_type.info</c>.</summary>
internal static class BtfEncoding
{
    public const ushort Magic = 0xEB9F;
    public const byte Version = 1;
    public const uint HeaderSize = 24;

    /// <summary>With the layout section's offset and length (kernels of 2026 and later).</summary>
    public const uint HeaderSizeWithLayout = 32;

    public const uint TypeHeaderSize = 12;
    public const uint MaxVariableLength = 0x00FF_FFFF;

    public const uint KindFlag = 0x8000_0000;

    // Seven bits of kind and 24 of length since 2026; the added bits were zero before, so that one reading serves both.
    public static BtfKind Kind(uint info) => (BtfKind)((info >> 24) & 0x7F);

    public static uint VariableLength(uint info) => info & MaxVariableLength;

    public static bool HasKindFlag(uint info) => (info & KindFlag) != 0;

    public static uint Info(BtfKind kind, uint variableLength, bool kindFlag = false) =>
        ((uint)kind << 24) | variableLength | (kindFlag ? KindFlag : 0);
}
