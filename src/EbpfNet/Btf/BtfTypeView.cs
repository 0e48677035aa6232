using System.Runtime.InteropServices;

namespace EbpfNet.Btf;

/// <summary>
/// A type as it stands in BTF, read in place: for work that looks at thousands of types and should leave no objects behind.
/// <see cref="BtfTypeWalker"/> has checked all that is read here.
/// </summary>
/// <remarks>What a property means depends on the kind; the caller looks at that first.</remarks>
internal readonly ref struct BtfTypeView
{
    private const int HeaderWords = (int)BtfEncoding.TypeHeaderSize / sizeof(uint);

    private readonly BtfSpec _owner;
    private readonly ReadOnlySpan<uint> _words;

    /// <param name="owner">The spec that stores the type.</param>
    /// <param name="bytes">From the type's header on, at least to its end.</param>
    public BtfTypeView(BtfSpec owner, ReadOnlySpan<byte> bytes)
    {
        _owner = owner;
        _words = MemoryMarshal.Cast<byte, uint>(bytes);
    }

    public BtfKind Kind => BtfEncoding.Kind(_words[1]);

    /// <summary><c>kind_flag</c>: bit fields in structs, signed enums, forward declared unions.</summary>
    public bool Flag => BtfEncoding.HasKindFlag(_words[1]);

    /// <summary>The number of members, enumerators or parameters.</summary>
    public int Length => (int)BtfEncoding.VariableLength(_words[1]);

    public ReadOnlySpan<byte> Name => _owner.Strings.GetNameBytes(_words[0]);

    /// <summary>Of integers, floats, structs, unions, enums and data sections.</summary>
    public uint Size => _words[2];

    /// <summary>Of pointers, modifiers, variables, functions; of prototypes the type returned.</summary>
    public BtfTypeId Target => new(_words[2]);

    public BtfIntEncoding IntEncoding => (BtfIntEncoding)((_words[HeaderWords] >> 24) & 0xF);

    /// <summary>The first bit used: 0 but for bit fields as compilers before LLVM 8 describe them.</summary>
    public int IntBitOffset => (int)((_words[HeaderWords] >> 16) & 0xFF);

    public BtfTypeId ElementType => new(_words[HeaderWords]);

    public uint ArrayLength => _words[HeaderWords + 2];

    public bool IsComposite => Kind is BtfKind.Struct or BtfKind.Union;

    public bool IsEnumeration => Kind is BtfKind.Enum or BtfKind.Enum64;

    public ReadOnlySpan<byte> MemberName(int index) => _owner.Strings.GetNameBytes(_words[HeaderWords + (index * 3)]);

    public bool IsMemberNamed(int index, ReadOnlySpan<byte> name) => _owner.Strings.IsName(_words[HeaderWords + (index * 3)], name);

    /// <summary>Members without a name: anonymous structs and unions, and padding.</summary>
    public bool IsMemberAnonymous(int index) => _owner.Strings.IsName(_words[HeaderWords + (index * 3)], default);

    public BtfTypeId MemberType(int index) => new(_words[HeaderWords + (index * 3) + 1]);

    public uint MemberBitOffset(int index)
    {
        uint word = _words[HeaderWords + (index * 3) + 2];
        return Flag ? word & 0x00FF_FFFF : word;
    }

    public uint MemberBitfieldSize(int index) => Flag ? _words[HeaderWords + (index * 3) + 2] >> 24 : 0;

    public ReadOnlySpan<byte> EnumeratorName(int index) => _owner.Strings.GetNameBytes(_words[HeaderWords + (index * EnumeratorWords)]);

    /// <summary>The value in 64 bits, extended by its sign whether or not the enum says that it has one: that is how compilers put it into code.</summary>
    public ulong EnumeratorValue(int index)
    {
        int word = HeaderWords + (index * EnumeratorWords) + 1;
        return Kind == BtfKind.Enum ? (ulong)(int)_words[word] : _words[word] | ((ulong)_words[word + 1] << 32);
    }

    public BtfTypeId ParameterType(int index) => new(_words[HeaderWords + (index * 2) + 1]);

    private int EnumeratorWords => Kind == BtfKind.Enum ? 2 : 3;
}
