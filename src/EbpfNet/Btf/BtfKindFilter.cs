namespace EbpfNet.Btf;

/// <summary>Which kinds a class of the type model stands for, so that a search need not decode the others.</summary>
internal static class BtfKindFilter<T>
    where T : BtfType
{
    private static readonly uint Kinds = Collect();

    public static bool Matches(BtfKind kind) => (byte)kind > (byte)BtfKind.Enum64 ? typeof(T).IsAssignableFrom(typeof(BtfOpaque)) : ((Kinds >> (byte)kind) & 1) != 0;

    private static uint Collect()
    {
        ReadOnlySpan<Type> classes =
        [
            typeof(BtfVoid), typeof(BtfInt), typeof(BtfPointer), typeof(BtfArray), typeof(BtfStruct), typeof(BtfUnion), typeof(BtfEnum),
            typeof(BtfForward), typeof(BtfTypedef), typeof(BtfVolatile), typeof(BtfConst), typeof(BtfRestrict), typeof(BtfFunction),
            typeof(BtfFunctionPrototype), typeof(BtfVariable), typeof(BtfDataSection), typeof(BtfFloat), typeof(BtfDeclTag),
            typeof(BtfTypeTag), typeof(BtfEnum64),
        ];
        uint kinds = 0;
        for (int kind = 0; kind < classes.Length; kind++)
        {
            kinds |= typeof(T).IsAssignableFrom(classes[kind]) ? 1u << kind : 0;
        }

        return kinds;
    }
}
