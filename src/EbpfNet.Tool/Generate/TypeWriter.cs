using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>Writes the types that a generated class declares.</summary>
internal static class TypeWriter
{
    public static void Write(CodeWriter code, TypeDefinition definition)
    {
        code.Separate();
        switch (definition)
        {
            case StructDefinition type:
                WriteStruct(code, type);
                break;
            case EnumDefinition type:
                WriteEnum(code, type);
                break;
            case ArrayDefinition type:
                WriteArray(code, type);
                break;
        }
    }

    private static void WriteStruct(CodeWriter code, StructDefinition type)
    {
        string pack = type.IsPacked ? ", Pack = 1" : "";
        code.Summary(Invariant($"<c>{DotNetNames.Xml(type.CName)}</c>, {type.Size} bytes. Values are equal where all bytes are, padding included, as for the kernel."));
        code.Line(Invariant($"[global::System.Runtime.InteropServices.StructLayout(global::System.Runtime.InteropServices.LayoutKind.Explicit, Size = {type.Size}{pack})]"));
        code.Open($"public partial struct {type.Name} : global::System.IEquatable<{type.Name}>, global::EbpfNet.IBpfLayout<{type.Name}>");
        foreach (FieldDefinition field in type.Fields)
        {
            code.Separate();
            WriteField(code, field);
        }

        WriteLayout(code, type);
        WriteEquality(code, type.Name);
        code.Close();
    }

    private static void WriteField(CodeWriter code, FieldDefinition field)
    {
        string declaration = DotNetNames.Xml(field.Declaration);
        if (field.BitWidth == 0)
        {
            if (field.Type is null)
            {
                code.Line($"// {declaration}: more than a field can hold.");
                return;
            }

            code.Summary($"<c>{declaration}</c>");
            code.Line(Invariant($"[global::System.Runtime.InteropServices.FieldOffset({field.Offset})]"));
            code.Line($"public {field.Type.Text} {field.Name};");
            return;
        }

        if (field.Type is not { Size: <= 8, Kind: CSharpTypeKind.Number or CSharpTypeKind.Bool or CSharpTypeKind.Enum } type || field.BitWidth > 64)
        {
            code.Line(Invariant($"// {declaration} : {field.BitWidth}: wider than any number of C#'s."));
            return;
        }

        string place = Invariant($"{field.BitOffset}, {field.BitWidth}");
        string read = $"global::EbpfNet.BpfBitField.Read{(type.IsSigned ? "Signed" : "")}(in this, {place})";
        (string get, string set) = type.Kind == CSharpTypeKind.Bool ? ($"{read} != 0", "value ? 1UL : 0UL") : ($"unchecked(({type.Text}){read})", "unchecked((ulong)value)");
        code.Summary(Invariant($"<c>{declaration} : {field.BitWidth}</c>"));
        code.Open($"public {type.Text} {field.Name}");
        code.Line($"readonly get => {get};");
        code.Line($"set => global::EbpfNet.BpfBitField.Write(ref this, {place}, {set});");
        code.Close();
    }

    private static void WriteLayout(CodeWriter code, StructDefinition type)
    {
        IEnumerable<string> fields = type.Fields.Select(field => Invariant($"new global::EbpfNet.BpfFieldLayout({DotNetNames.Literal(field.CName)}, {field.Offset}, {field.Size}, {NestedLayout(field)}, true)"));
        code.Separate();
        code.Line($"static global::EbpfNet.BpfTypeLayout global::EbpfNet.IBpfLayout<{type.Name}>.Layout {{ get; }} = new({string.Join(", ", fields.Prepend(Invariant($"{type.Size}")))});");
    }

    private static string NestedLayout(FieldDefinition field) => field is { BitWidth: 0, Type.Kind: CSharpTypeKind.Struct } ? $"global::EbpfNet.BpfTypeLayout.Of<{field.Type.Text}>()" : "null";

    private static void WriteEnum(CodeWriter code, EnumDefinition type)
    {
        code.Summary($"<c>{DotNetNames.Xml(type.CName)}</c>");
        code.Open($"public enum {type.Name} : {type.Underlying.Text}");
        foreach ((string name, BtfEnumerator source) in type.Members)
        {
            code.Separate();
            code.Summary($"<c>{DotNetNames.Xml(source.Name)}</c>");
            code.Line($"{name} = {Constant(source, type.Underlying)},");
        }

        code.Close();
    }

    /// <summary>A constant as its type has it: of one that is larger, as only damaged objects have it, what fits.</summary>
    private static string Constant(BtfEnumerator source, CSharpType type) => (type.Size, type.IsSigned) switch
    {
        (1, true) => Invariant($"{(sbyte)source.Value}"),
        (1, false) => Invariant($"{(byte)source.Value}"),
        (2, true) => Invariant($"{(short)source.Value}"),
        (2, false) => Invariant($"{(ushort)source.Value}"),
        (4, true) => Invariant($"{(int)source.Value}"),
        (4, false) => Invariant($"{(uint)source.Value}"),
        (_, true) => Invariant($"{source.Value}"),
        _ => Invariant($"{source.UnsignedValue}"),
    };

    private static void WriteArray(CodeWriter code, ArrayDefinition type)
    {
        code.Summary($"<c>{DotNetNames.Xml(type.CName)}</c>{(type.IsText ? ": text that ends at its first zero" : "")}; elements by index, or as a span.");
        code.Line(Invariant($"[global::System.Runtime.CompilerServices.InlineArray({type.Length})]"));
        code.Open($"public partial struct {type.Name} : global::System.IEquatable<{type.Name}>");
        code.Line($"private {type.Element.Text} __element;");
        if (type.IsText)
        {
            WriteText(code, type);
        }

        WriteEquality(code, type.Name);
        code.Close();
    }

    private static void WriteText(CodeWriter code, ArrayDefinition type)
    {
        code.Separate();
        code.Summary("A text as C has it.");
        code.Line("/// <param name=\"text\">The text.</param>");
        code.Line(Invariant($"/// <exception cref=\"global::System.ArgumentException\">It has more than {type.Length} bytes in UTF-8.</exception>"));
        code.Open($"public static implicit operator {type.Name}(string text)");
        code.Line($"{type.Name} array = default;");
        code.Line("global::System.Text.Encoding.UTF8.GetBytes(text, (global::System.Span<byte>)array);");
        code.Line("return array;");
        code.Close();
        code.Separate();
        code.Summary("The text up to its first zero.");
        code.Open("public override readonly string ToString()");
        code.Line("global::System.ReadOnlySpan<byte> bytes = this;");
        code.Line("int end = global::System.MemoryExtensions.IndexOf(bytes, (byte)0);");
        code.Line("return global::System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);");
        code.Close();
    }

    private static void WriteEquality(CodeWriter code, string name)
    {
        const string Bytes = "global::System.Runtime.InteropServices.MemoryMarshal.AsBytes";
        code.Separate();
        code.Summary("Whether all bytes are equal.");
        code.Line("/// <param name=\"left\">One value.</param>");
        code.Line("/// <param name=\"right\">The other.</param>");
        code.Line($"public static bool operator ==({name} left, {name} right) => left.Equals(right);");
        code.Separate();
        code.Summary("Whether bytes differ.");
        code.Line("/// <param name=\"left\">One value.</param>");
        code.Line("/// <param name=\"right\">The other.</param>");
        code.Line($"public static bool operator !=({name} left, {name} right) => !left.Equals(right);");
        code.Separate();
        code.Line("/// <inheritdoc/>");
        code.Line($"public readonly bool Equals({name} other) => global::System.MemoryExtensions.SequenceEqual({Bytes}(new global::System.ReadOnlySpan<{name}>(in this)), {Bytes}(new global::System.ReadOnlySpan<{name}>(in other)));");
        code.Separate();
        code.Line("/// <inheritdoc/>");
        code.Line($"public override readonly bool Equals(object? obj) => obj is {name} other && Equals(other);");
        code.Separate();
        code.Line("/// <inheritdoc/>");
        code.Open("public override readonly int GetHashCode()");
        code.Line("var hash = default(global::System.HashCode);");
        code.Line($"hash.AddBytes({Bytes}(new global::System.ReadOnlySpan<{name}>(in this)));");
        code.Line("return hash.ToHashCode();");
        code.Close();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
