using System.Text;

namespace EbpfNet.Btf;

/// <summary>Types as C writes them, with the declared name, if any, in the middle: <c>int (*handlers[4])(void *ctx)</c>.</summary>
internal static class BtfTypeText
{
    private const int MaxTextLength = 16 * 1024;
    private const int MaxNameLength = 512;
    private const int MaxPrototypeNesting = 4;

    public static string Describe(BtfSpec spec, BtfTypeId id, string declaredName)
    {
        // A prototype of many parameters, each such a prototype, would have more text than memory.
        int budget = MaxTextLength;
        return Declare(spec, id, declaredName, 0, ref budget);
    }

    private static string Declare(BtfSpec spec, BtfTypeId id, string declarator, int nesting, ref int budget)
    {
        string qualifiers = "";
        bool endsInPointer = false;
        BtfTypeId at = id;
        for (int depth = 0; depth < BtfSpec.MaxDepth; depth++)
        {
            BtfType type = spec[at];
            switch (type)
            {
                case BtfConst or BtfVolatile or BtfRestrict:
                    qualifiers += type is BtfConst ? "const " : type is BtfVolatile ? "volatile " : "restrict ";
                    at = ((BtfModifier)type).Target;
                    continue;
                case BtfTypeTag tag:
                    at = tag.Target;
                    continue;
                case BtfPointer pointer:
                    declarator = "*" + (declarator.Length == 0 ? qualifiers.TrimEnd() : qualifiers + declarator);
                    qualifiers = "";
                    endsInPointer = true;
                    at = pointer.Target;
                    continue;
                case BtfArray array:
                    declarator = $"{Group(declarator, endsInPointer)}[{array.Length}]";
                    endsInPointer = false;
                    at = array.ElementType;
                    continue;
                case BtfFunctionPrototype prototype:
                    declarator = $"{Group(declarator, endsInPointer)}({Parameters(spec, prototype, nesting, ref budget)})";
                    qualifiers = "";
                    endsInPointer = false;
                    at = prototype.ReturnType;
                    continue;
                case BtfFunction function:
                    declarator = declarator.Length == 0 ? Name(function) : declarator;
                    at = function.Prototype;
                    continue;
                case BtfVariable variable:
                    declarator = declarator.Length == 0 ? Name(variable) : declarator;
                    at = variable.Type;
                    continue;
            }

            string separator = declarator.Length == 0 || declarator[0] == '[' ? "" : " ";
            return $"{qualifiers}{Specifier(type)}{separator}{declarator}";
        }

        throw spec.TooDeep(id);
    }

    // Brackets and parentheses bind more tightly than the star.
    private static string Group(string declarator, bool endsInPointer) => endsInPointer ? $"({declarator})" : declarator;

    private static string Parameters(BtfSpec spec, BtfFunctionPrototype prototype, int nesting, ref int budget)
    {
        if (prototype.Parameters.IsEmpty && !prototype.IsVariadic)
        {
            return "void";
        }

        if (nesting == MaxPrototypeNesting)
        {
            return "…";
        }

        var text = new StringBuilder();
        foreach (BtfParameter parameter in prototype.Parameters)
        {
            text.Append(text.Length == 0 ? "" : ", ");
            if (budget <= 0)
            {
                return text.Append('…').ToString();
            }

            string declaration = Declare(spec, parameter.Type, Shorten(parameter.Name), nesting + 1, ref budget);
            budget -= declaration.Length + 2;
            text.Append(declaration);
        }

        return text.Append(!prototype.IsVariadic ? "" : text.Length == 0 ? "..." : ", ...").ToString();
    }

    private static string Specifier(BtfType type) => type switch
    {
        BtfVoid => "void",
        BtfStruct => $"struct {Tag(type)}",
        BtfUnion => $"union {Tag(type)}",
        BtfEnumeration => $"enum {Tag(type)}",
        BtfForward forward => $"{(forward.IsUnion ? "union" : "struct")} {Tag(type)}",
        BtfDataSection => $"section {Name(type)}",
        BtfDeclTag => $"tag \"{Name(type)}\"",
        BtfOpaque => $"type of kind {(byte)type.Kind}",
        _ => Name(type),
    };

    private static string Tag(BtfType type) => type.IsAnonymous ? "<anonymous>" : Name(type);

    private static string Name(BtfType type) => Shorten(type.Name);

    private static string Shorten(string name) => name.Length <= MaxNameLength ? name : string.Concat(name.AsSpan(0, MaxNameLength), "…");
}
