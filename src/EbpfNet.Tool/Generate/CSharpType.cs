namespace EbpfNet.Tool.Generate;

/// <summary>What a C# type is, as far as it matters to those who use it.</summary>
internal enum CSharpTypeKind
{
    Number,
    Bool,
    Enum,

    /// <summary>A generated struct, which describes its layout.</summary>
    Struct,

    /// <summary>A generated inline array.</summary>
    Array,

    /// <summary>A struct of the library's.</summary>
    Library,
}

/// <summary>The C# type that stands for a C type's values.</summary>
/// <param name="Text">The type as the generated code writes it.</param>
/// <param name="Name">The type in names made of it: <c>UInt32</c>.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Alignment">What the runtime aligns it to.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsSigned">Whether a number, or what an enumeration counts in, has a sign.</param>
internal sealed record CSharpType(string Text, string Name, int Size, int Alignment, CSharpTypeKind Kind, bool IsSigned = false)
{
    /// <summary>A text of C: <c>char[16]</c>.</summary>
    public bool IsText { get; init; }

    public static CSharpType Pointer { get; } = Unsigned(8)!;

    /// <summary>The number without a sign of a size, if there is one.</summary>
    public static CSharpType? Unsigned(int size) => Number(size, isSigned: false);

    public static CSharpType? Number(int size, bool isSigned) => (size, isSigned) switch
    {
        (1, false) => new("byte", "Byte", 1, 1, CSharpTypeKind.Number),
        (1, true) => new("sbyte", "SByte", 1, 1, CSharpTypeKind.Number, true),
        (2, false) => new("ushort", "UInt16", 2, 2, CSharpTypeKind.Number),
        (2, true) => new("short", "Int16", 2, 2, CSharpTypeKind.Number, true),
        (4, false) => new("uint", "UInt32", 4, 4, CSharpTypeKind.Number),
        (4, true) => new("int", "Int32", 4, 4, CSharpTypeKind.Number, true),
        (8, false) => new("ulong", "UInt64", 8, 8, CSharpTypeKind.Number),
        (8, true) => new("long", "Int64", 8, 8, CSharpTypeKind.Number, true),
        (16, false) => new("global::System.UInt128", "UInt128", 16, 16, CSharpTypeKind.Number),
        (16, true) => new("global::System.Int128", "Int128", 16, 16, CSharpTypeKind.Number, true),
        _ => null,
    };

    public static CSharpType? Float(int size) => size switch
    {
        2 => new("global::System.Half", "Half", 2, 2, CSharpTypeKind.Number, true),
        4 => new("float", "Single", 4, 4, CSharpTypeKind.Number, true),
        8 => new("double", "Double", 8, 8, CSharpTypeKind.Number, true),
        _ => null,
    };
}
