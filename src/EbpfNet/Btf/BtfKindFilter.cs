namespace EbpfNet.Btf;

/// <summary>A set of kinds: bit n stands for kind n, and the last bit for all kinds that are not known.</summary>
[Flags]
internal enum BtfKinds : uint
{
    None = 0,
    Unknown = 1u << 31,
    All = uint.MaxValue,
}

/// <summary>Which kinds a class of the type model stands for, so that a search need not decode the others.</summary>
internal static class BtfKindFilter<T>
    where T : BtfType
{
    public static readonly BtfKinds Kinds = Collect();

    private static BtfKinds Collect()
    {
        ReadOnlySpan<Type> classes =
        [
            typeof(BtfVoid), typeof(BtfInt), typeof(BtfPointer), typeof(BtfArray), typeof(BtfStruct), typeof(BtfUnion), typeof(BtfEnum),
            typeof(BtfForward), typeof(BtfTypedef), typeof(BtfVolatile), typeof(BtfConst), typeof(BtfRestrict), typeof(BtfFunction),
            typeof(BtfFunctionPrototype), typeof(BtfVariable), typeof(BtfDataSection), typeof(BtfFloat), typeof(BtfDeclTag),
            typeof(BtfTypeTag), typeof(BtfEnum64),
        ];
        BtfKinds kinds = typeof(T).IsAssignableFrom(typeof(BtfOpaque)) ? BtfKinds.Unknown : BtfKinds.None;
        for (int kind = 0; kind < classes.Length; kind++)
        {
            kinds |= typeof(T).IsAssignableFrom(classes[kind]) ? ((BtfKind)kind).ToSet() : BtfKinds.None;
        }

        return kinds;
    }
}

/// <summary>Kinds as sets.</summary>
internal static class BtfKindSetExtensions
{
    public static BtfKinds ToSet(this BtfKind kind) => kind > BtfKind.Enum64 ? BtfKinds.Unknown : (BtfKinds)(1u << (int)kind);
}
