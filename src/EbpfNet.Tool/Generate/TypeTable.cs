using System.Collections.Immutable;
using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>The C# types that stand for those of an object. What is asked for, and what that is made of, gets declared.</summary>
/// <param name="btf">The object's types, or <see langword="null"/> where it has none.</param>
/// <param name="names">The names of the class that the types are declared in.</param>
internal sealed class TypeTable(BtfSpec? btf, NameScope names)
{
    /// <summary>Inline arrays may not be larger.</summary>
    private const long MaxArraySize = 1 << 20;

    private const int MaxDepth = 64;

    /// <summary>Types of the kernel's that the library has, because the kernel does something special with them.</summary>
    private static readonly Dictionary<string, CSharpType> OfLibrary = new(StringComparer.Ordinal)
    {
        ["bpf_spin_lock"] = new("global::EbpfNet.BpfSpinLock", "BpfSpinLock", 4, 4, CSharpTypeKind.Library),
        ["bpf_cgroup_storage_key"] = new("global::EbpfNet.BpfAttachedCgroupKey", "BpfAttachedCgroupKey", 16, 8, CSharpTypeKind.Library),
    };

    private readonly Dictionary<BtfTypeId, CSharpType?> _composites = [];
    private readonly Dictionary<(string Element, int Length), CSharpType> _arrays = [];
    private readonly HashSet<BtfTypeId> _open = [];
    private readonly List<TypeDefinition> _definitions = [];

    /// <summary>What is to be declared.</summary>
    public IReadOnlyList<TypeDefinition> Definitions => _definitions;

    /// <summary>The C# type for a C type, or <see langword="null"/> where there is none: for void, functions, what has no size, and arrays beyond what the runtime takes.</summary>
    /// <param name="id">The C type.</param>
    /// <param name="context">What to call it if C has no name for it.</param>
    /// <exception cref="BpfObjectFormatException">The type contains itself, or a member lies outside.</exception>
    public CSharpType? Find(BtfTypeId id, string context) => Find(id, context, 0);

    /// <summary>The C# type for bytes of which nothing but their number is known.</summary>
    public CSharpType? Bytes(long size) => size is 1 or 2 or 4 or 8 ? CSharpType.Unsigned((int)size) : size > 0 ? FindArray(CSharpType.Unsigned(1)!, size, "unsigned char", isText: false) : null;

    /// <summary>The innermost type of an array, and whether there is an array around it.</summary>
    public BtfTypeId SkipArrays(BtfTypeId id, out bool isArray)
    {
        BtfTypeId at = id;
        isArray = false;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfTypeId plain = btf![at] is BtfVariable variable ? variable.Type : btf.SkipModifiers(at);
            if (btf[plain] is BtfArray array)
            {
                isArray = true;
                at = array.ElementType;
            }
            else if (btf[at] is BtfVariable)
            {
                at = plain;
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private CSharpType? Find(BtfTypeId id, string context, int depth)
    {
        if (depth == MaxDepth)
        {
            throw btf!.TooDeep(id);
        }

        string typedef = "";
        BtfTypeId at = id;
        for (int i = 0; i < MaxDepth; i++)
        {
            switch (btf![at])
            {
                case BtfVariable variable:
                    at = variable.Type;
                    continue;
                case BtfModifier modifier:
                    typedef = modifier is BtfTypedef ? modifier.Name : typedef; // The last: the one that names an anonymous type itself.
                    at = modifier.Target;
                    continue;
                case BtfInt number:
                    return number.IsBool && number.Size == 1
                        ? new CSharpType("bool", "Boolean", 1, 1, CSharpTypeKind.Bool)
                        : CSharpType.Number((int)number.Size, number.IsSigned && number.Name != "char") is { } known ? known with { IsText = number.Name == "char" } : Bytes(number.Size);
                case BtfFloat number:
                    return CSharpType.Float((int)Math.Min(number.Size, int.MaxValue)) ?? Bytes(number.Size);
                case BtfPointer:
                    return CSharpType.Pointer;
                case BtfArray array:
                    // The arrays of an array of arrays have the same anonymous type inside.
                    return Find(array.ElementType, context, depth + 1) is { } element ? FindArray(element, array.Length, btf.Describe(array.ElementType), element.IsText) : null;
                case BtfEnumeration enumeration:
                    return FindOnce(at, () => Define(enumeration, typedef, context));
                case BtfComposite composite:
                    return OfLibrary.TryGetValue(composite.Name, out CSharpType? library) && library.Size == composite.Size ? library : FindOnce(at, () => Define(composite, typedef, context, depth));
                default:
                    return null;
            }
        }

        throw btf!.TooDeep(id);
    }

    private CSharpType? FindOnce(BtfTypeId id, Func<CSharpType?> define)
    {
        if (_composites.TryGetValue(id, out CSharpType? known))
        {
            return known;
        }

        if (!_open.Add(id))
        {
            throw btf!.TypeError(id, $"type {id} ({btf.Describe(id)}) contains itself");
        }

        CSharpType? type = define();
        _open.Remove(id);
        _composites.Add(id, type);
        return type;
    }

    private CSharpType? FindArray(CSharpType element, long length, string cElement, bool isText)
    {
        if (length == 0 || length * element.Size > MaxArraySize)
        {
            return null;
        }

        isText &= element.Kind == CSharpTypeKind.Number;
        string wanted = string.Create(CultureInfo.InvariantCulture, $"{(isText ? "Char" : element.Name)}Array{length}");
        if (!_arrays.TryGetValue((isText ? "char" : element.Text, (int)length), out CSharpType? array))
        {
            string name = names.Take(wanted, "Type");
            array = new CSharpType(name, name, (int)length * element.Size, element.Alignment, CSharpTypeKind.Array) { IsText = isText };
            _arrays.Add((isText ? "char" : element.Text, (int)length), array);
            _definitions.Add(new ArrayDefinition(name, string.Create(CultureInfo.InvariantCulture, $"{cElement}[{length}]"), element, (int)length, isText));
        }

        return array;
    }

    private CSharpType? Define(BtfEnumeration enumeration, string typedef, string context)
    {
        if (CSharpType.Number((int)Math.Min(enumeration.Size, int.MaxValue), enumeration.IsSigned) is not { Size: <= 8 } underlying)
        {
            return Bytes(enumeration.Size);
        }

        string name = TakeName(enumeration, typedef, context, "Enum");
        NameScope members = new(name, "value__");
        _definitions.Add(new EnumDefinition(name, CNameOf(enumeration, typedef), underlying, [.. EnumeratorNames.Of(enumeration).Zip(enumeration.Enumerators, (wanted, source) => (members.Take(wanted, "Value"), source))]));
        return new CSharpType(name, name, underlying.Size, underlying.Alignment, CSharpTypeKind.Enum, enumeration.IsSigned);
    }

    private CSharpType? Define(BtfComposite composite, string typedef, string context, int depth)
    {
        if (composite.Size is 0 or > int.MaxValue / 8)
        {
            return null;
        }

        string name = TakeName(composite, typedef, context, composite is BtfUnion ? "Union" : "Struct");
        int place = _definitions.Count; // Before what it is made of.
        ImmutableArray<FieldDefinition> fields = ReadFields(composite, name, depth);
        int alignment = fields.Where(IsStored).Select(field => field.Type!.Alignment).DefaultIfEmpty(1).Max();
        bool isPacked = composite.Size % alignment != 0 || fields.Any(field => IsStored(field) && field.Offset % field.Type!.Alignment != 0);
        _definitions.Insert(place, new StructDefinition(name, CNameOf(composite, typedef), composite.Id, (int)composite.Size, isPacked, fields));
        return new CSharpType(name, name, (int)composite.Size, isPacked ? 1 : alignment, CSharpTypeKind.Struct);
    }

    private static bool IsStored(FieldDefinition field) => field.BitWidth == 0 && field.Type is not null;

    private ImmutableArray<FieldDefinition> ReadFields(BtfComposite composite, string owner, int depth)
    {
        NameScope scope = new(owner);
        ImmutableArray<FieldDefinition>.Builder fields = ImmutableArray.CreateBuilder<FieldDefinition>();
        foreach (BtfField field in btf!.EnumerateFields(composite.Id))
        {
            string plain = DotNetNames.Pascal(field.Name);
            CSharpType? type = Find(field.Type, owner + plain, depth + 1);
            long size = field.IsBitfield ? ((field.BitOffset % 8) + field.BitfieldSize + 7) / 8 : btf.TrySizeOf(field.Type, out uint bytes) ? bytes : 0;
            if (field.ByteOffset + size > composite.Size || (!field.IsBitfield && field.BitOffset % 8 != 0))
            {
                throw btf.TypeError(composite.Id, $"field '{field.Name}' does not lie within type {composite.Id} ({btf.Describe(composite.Id)})");
            }

            if (size == 0)
            {
                continue; // A flexible array, or an empty struct: it has a place, and nothing there.
            }

            fields.Add(new FieldDefinition(scope.Take(plain, "Field"), field.Name, btf.Describe(field.Type, field.Name), type, (int)field.BitOffset, field.BitfieldSize, (int)size));
        }

        return fields.DrainToImmutable();
    }

    private string TakeName(BtfType type, string typedef, string context, string kind) => names.Take(
        type.Name.Length != 0 ? DotNetNames.Pascal(type.Name) : typedef.Length != 0 ? DotNetNames.PascalTypedef(typedef) : context, kind);

    private string CNameOf(BtfType type, string typedef) => type.Name.Length == 0 && typedef.Length != 0 ? typedef : btf!.Describe(type.Id);
}
