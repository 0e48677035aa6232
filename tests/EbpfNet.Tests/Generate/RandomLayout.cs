using System.Collections.Immutable;
using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet.Tests.Generate;

/// <summary>Structs and unions as a C compiler may lay them out: packed or not, with bit fields, arrays, anonymous parts, and names that are hard for C#.</summary>
internal sealed class RandomLayout(int seed)
{
    private const int MaxDepth = 4;

    private static readonly string[] Names =
    [
        "value", "Value", "VALUE", "_value", "class", "int", "get_hash_code", "GetHashCode", "equals", "to_string", "layout", "Layout", "pad", "_pad", "x", "X1", "x_1", "x1", "x_1_1", "x1_1",
        "länge", "名前", "__", "_9lives", "Object", "spec", "load", "dispose", "finalize", "memberwise_clone", "T", "left", "right", "other", "global", "System", "EbpfNet", "BpfBitField", "hash",
    ];

    private readonly Random _random = new(seed);
    private readonly BtfBuilder _builder = new();
    private readonly HashSet<BtfTypeId> _anonymous = [];
    private readonly HashSet<string> _names = [];
    private int _count;

    public BtfSpec Spec { get; private set; } = null!;

    /// <summary>The types to declare.</summary>
    public List<string> Roots { get; } = [];

    public static RandomLayout Of(int seed)
    {
        RandomLayout layout = new(seed);
        for (int i = 0; i < 6; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{Names[layout._random.Next(Names.Length)]}_root{i}");
            layout.Composite(name, 0);
            layout.Roots.Add(name);
        }

        layout.Spec = layout._builder.ToSpec();
        return layout;
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Type(int depth) => _random.Next(depth < MaxDepth ? 12 : 7) switch
    {
        0 => Scalar(_builder.AddInt("_Bool", 1, BtfIntEncoding.Bool), 1),
        1 => Scalar(_builder.AddInt("char", 1, BtfIntEncoding.Signed), 1),
        2 => Scalar(_builder.AddPointer(default), 8),
        3 => Float(),
        4 => Enumeration(),
        5 or 6 => Number(),
        7 => Array(depth),
        8 => Modified(depth),
        9 => Composite("", depth + 1),
        _ => Composite(string.Create(CultureInfo.InvariantCulture, $"{Names[_random.Next(Names.Length)]}{_count++}"), depth + 1),
    };

    private static (BtfTypeId Id, uint Size, uint Alignment) Scalar(BtfTypeId id, uint size) => (id, size, size);

    private (BtfTypeId Id, uint Size, uint Alignment) Number()
    {
        uint size = 1u << _random.Next(5);
        return Scalar(_builder.AddInt(size == 16 ? "__int128" : "number", size, _random.Next(2) == 0 ? BtfIntEncoding.None : BtfIntEncoding.Signed), size);
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Float()
    {
        uint size = 4u << _random.Next(2);
        return Scalar(_builder.AddFloat(size == 4 ? "float" : "double", size), size);
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Enumeration()
    {
        bool isSigned = _random.Next(2) == 0;
        string name = _random.Next(3) == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"E_{Names[_random.Next(Names.Length)]}{_count++}");
        ImmutableArray<BtfEnumerator> values = [new("KIND_NONE", 0), new("KIND_none", isSigned ? -1 : 1), new("KIND_3", 3), new("Equals", 4)];
        if (_random.Next(3) == 0)
        {
            return Scalar(_builder.AddEnum64(name, 8, isSigned, [.. values, new("KIND_LAST", isSigned ? long.MinValue : -1)]), 8);
        }

        uint size = 1u << _random.Next(3);
        return Scalar(_builder.AddEnum(name, size, isSigned, values), size);
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Array(int depth)
    {
        (BtfTypeId id, uint size, uint alignment) = Type(depth + 1);
        uint length = (uint)_random.Next(5); // Of no elements, too.
        return (_builder.AddArray(id, _builder.AddInt("unsigned int", 4), length), size * length, alignment);
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Modified(int depth)
    {
        (BtfTypeId id, uint size, uint alignment) = Type(depth + 1);
        BtfTypeId modified = _random.Next(4) switch
        {
            0 => _builder.AddConst(id),
            1 => _builder.AddVolatile(id),
            2 => _builder.AddTypeTag("user", id),
            _ => _builder.AddTypedef(string.Create(CultureInfo.InvariantCulture, $"{Names[_random.Next(Names.Length)]}{_count++}_t"), id),
        };
        return (modified, size, alignment);
    }

    private (BtfTypeId Id, uint Size, uint Alignment) Composite(string name, int depth)
    {
        bool isUnion = _random.Next(4) == 0;
        bool isPacked = _random.Next(3) == 0;
        ImmutableArray<BtfMember>.Builder members = ImmutableArray.CreateBuilder<BtfMember>();
        ulong bits = 0;
        ulong end = 0;
        uint most = 1;
        for (int i = _random.Next(depth == 0 ? 1 : 0, 6); i > 0; i--)
        {
            if (_random.Next(4) == 0)
            {
                // A bit field of up to 64 bits, that does not cross its unit unless packed.
                bool isTruth = _random.Next(6) == 0;
                (BtfTypeId unit, uint unitSize, uint unitAlignment) = isTruth ? Scalar(_builder.AddInt("_Bool", 1, BtfIntEncoding.Bool), 1) : _random.Next(3) == 0 ? Enumeration() : Number();
                uint width = isTruth ? 1 : (uint)_random.Next(1, (int)Math.Min(unitSize * 8, 64) + 1);
                ulong at = isUnion ? 0 : bits;
                if (!isPacked && at / (unitSize * 8) != (at + width - 1) / (unitSize * 8))
                {
                    at = (at + (unitSize * 8) - 1) / (unitSize * 8) * (unitSize * 8);
                }

                members.Add(new BtfMember(Name(), unit, (uint)at, (byte)width));
                bits = at + width;
                most = isPacked ? most : Math.Max(most, unitAlignment);
            }
            else
            {
                (BtfTypeId type, uint size, uint alignment) = Type(depth + 1);
                alignment = isPacked ? 1 : alignment;
                ulong at = isUnion ? 0 : (bits + 7) / 8;
                at = (at + alignment - 1) / alignment * alignment;
                members.Add(new BtfMember(IsAnonymousComposite(type) && _random.Next(2) == 0 ? "" : Name(), type, (uint)at * 8));
                bits = (at + size) * 8;
                most = Math.Max(most, alignment);
            }

            end = Math.Max(end, bits);
        }

        uint bytes = (uint)(((end + 7) / 8) + most - 1) / most * most;
        if (depth == 0 && bytes == 0)
        {
            bytes = most;
        }

        if (bytes != 0 && _random.Next(6) == 0)
        {
            bytes += most * 2; // __attribute__((aligned)), or padding at the end.
        }

        BtfTypeId id = isUnion ? _builder.AddUnion(name, bytes, members.DrainToImmutable()) : _builder.AddStruct(name, bytes, members.DrainToImmutable());
        if (name.Length == 0)
        {
            _anonymous.Add(id);
        }

        return (id, bytes, most);
    }

    private bool IsAnonymousComposite(BtfTypeId id) => _anonymous.Contains(id);

    /// <summary>A name that no other field has: those of anonymous parts are the outer one's, too.</summary>
    private string Name()
    {
        string given = Names[_random.Next(Names.Length)];
        string name = given;
        while (!_names.Add(name)) // "x" with a number may be another's name, too
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{given}{_count++}");
        }

        return name;
    }
}
