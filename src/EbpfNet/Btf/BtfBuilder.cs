using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace EbpfNet.Btf;

/// <summary>
/// Builds BTF: from nothing, as a continuation of other BTF (split BTF), or as a copy in which single types are replaced. Types may
/// refer to ones that are added later. Not safe for use by several threads at once.
/// </summary>
/// <remarks>
/// A copy keeps all type ids and all string offsets, so that what refers to them (<c>.BTF.ext</c>, map definitions) stays valid:
/// <code>
/// BtfBuilder builder = BtfBuilder.FromSpec(spec);
/// builder.Replace(section.Id, new BtfDataSection(section.Name, 24, entries));
/// byte[] forKernel = builder.ToArray();
/// </code>
/// </remarks>
public sealed class BtfBuilder
{
    private readonly BtfSpec? _source;
    private readonly BtfStringPool _strings;

    // Null stands for the type of the same place in the source.
    private readonly List<BtfType?> _types = [];

    /// <summary>Starts with no types.</summary>
    /// <param name="bigEndian">Whether to write big-endian byte order; the kernel takes only its own.</param>
    /// <param name="baseSpec">What to continue: type ids and string offsets follow on from its.</param>
    public BtfBuilder(bool bigEndian = false, BtfSpec? baseSpec = null)
        : this(null, bigEndian, baseSpec, [])
    {
    }

    private BtfBuilder(BtfSpec? source, bool bigEndian, BtfSpec? baseSpec, ReadOnlySpan<byte> strings)
    {
        _source = source;
        IsBigEndian = bigEndian;
        Base = baseSpec;
        FirstId = new BtfTypeId(baseSpec is null ? 1 : (uint)baseSpec.TypeCount);
        _strings = new BtfStringPool(baseSpec, strings);
    }

    /// <summary>Whether big-endian byte order is written.</summary>
    public bool IsBigEndian { get; }

    /// <summary>The BTF that is continued, or <see langword="null"/>.</summary>
    public BtfSpec? Base { get; }

    /// <summary>The id of the first type that is stored here.</summary>
    public BtfTypeId FirstId { get; }

    /// <summary>The id that the next type added will get.</summary>
    public BtfTypeId NextId => new(FirstId.Value + (uint)_types.Count);

    /// <summary>Starts with a copy of parsed BTF, in the same byte order and with the same base, ids and string offsets.</summary>
    /// <param name="spec">The BTF to copy. It must stay usable until the builder is done with.</param>
    /// <returns>The builder.</returns>
    public static BtfBuilder FromSpec(BtfSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return FromSpec(spec, spec.IsBigEndian);
    }

    /// <summary>Starts with a copy of parsed BTF, with the same base, ids and string offsets.</summary>
    /// <param name="spec">The BTF to copy. It must stay usable until the builder is done with.</param>
    /// <param name="bigEndian">Whether to write big-endian byte order.</param>
    /// <returns>The builder.</returns>
    public static BtfBuilder FromSpec(BtfSpec spec, bool bigEndian)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var builder = new BtfBuilder(spec, bigEndian, spec.Base, spec.Strings.Own);
        CollectionsMarshal.SetCount(builder._types, spec.OwnTypeCount);
        CollectionsMarshal.AsSpan(builder._types).Clear();
        return builder;
    }

    /// <summary>Adds a type.</summary>
    /// <param name="type">The type; its <see cref="BtfType.Id"/> does not matter, so that types of other specs may be given if the ids they refer to are right.</param>
    /// <returns>The id it got.</returns>
    /// <exception cref="ArgumentException">BTF cannot express the type: too many members, a value too large for its enum.</exception>
    public BtfTypeId Add(BtfType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        BtfTypeEncoder.Check(type);
        BtfTypeId id = NextId;
        _types.Add(type);
        return id;
    }

    /// <summary>Puts a type, of the same kind or another, in the place of one that was copied or added before.</summary>
    /// <param name="id">The id of the type to replace, which the new type takes over.</param>
    /// <param name="type">The new type; its <see cref="BtfType.Id"/> does not matter.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is void's, the base's, or not given out yet.</exception>
    /// <exception cref="ArgumentException">BTF cannot express the type.</exception>
    public void Replace(BtfTypeId id, BtfType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (id < FirstId || id >= NextId)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"Only the types {FirstId} to {NextId}, the latter not included, are stored here.");
        }

        BtfTypeEncoder.Check(type);
        _types[(int)(id.Value - FirstId.Value)] = type;
    }

    /// <summary>Adds a string, once however often it is asked for.</summary>
    /// <param name="text">The string.</param>
    /// <returns>Its offset, as <c>.BTF.ext</c> and the kernel refer to it.</returns>
    /// <exception cref="ArgumentException">The string contains a NUL.</exception>
    public uint AddString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _strings.Add(text);
    }

    /// <summary>Adds an integer.</summary>
    /// <param name="name">The C name.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="encoding">How the bits are meant.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddInt(string name, uint size, BtfIntEncoding encoding = BtfIntEncoding.None) => Add(new BtfInt(name, size, encoding));

    /// <summary>Adds a floating-point type.</summary>
    /// <param name="name">The C name.</param>
    /// <param name="size">The size in bytes.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddFloat(string name, uint size) => Add(new BtfFloat(name, size));

    /// <summary>Adds a pointer.</summary>
    /// <param name="target">The type pointed to.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddPointer(BtfTypeId target) => Add(new BtfPointer(target));

    /// <summary>Adds an array.</summary>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="indexType">The type of the index.</param>
    /// <param name="length">The number of elements.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddArray(BtfTypeId elementType, BtfTypeId indexType, uint length) => Add(new BtfArray(elementType, indexType, length));

    /// <summary>Adds a struct.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="members">The members.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddStruct(string name, uint size, params ImmutableArray<BtfMember> members) => Add(new BtfStruct(name, size, members));

    /// <summary>Adds a union.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="members">The members.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddUnion(string name, uint size, params ImmutableArray<BtfMember> members) => Add(new BtfUnion(name, size, members));

    /// <summary>Adds a forward declaration.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="isUnion">Whether a union is declared rather than a struct.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddForward(string name, bool isUnion = false) => Add(new BtfForward(name, isUnion));

    /// <summary>Adds an enum whose values are stored in 32 bits.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="isSigned">Whether the values are signed.</param>
    /// <param name="enumerators">The constants.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddEnum(string name, uint size, bool isSigned, params ImmutableArray<BtfEnumerator> enumerators) => Add(new BtfEnum(name, size, isSigned, enumerators));

    /// <summary>Adds an enum whose values are stored in 64 bits (Linux 6.0).</summary>
    /// <param name="name">The tag.</param>
    /// <param name="size">The size in bytes.</param>
    /// <param name="isSigned">Whether the values are signed.</param>
    /// <param name="enumerators">The constants.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddEnum64(string name, uint size, bool isSigned, params ImmutableArray<BtfEnumerator> enumerators) => Add(new BtfEnum64(name, size, isSigned, enumerators));

    /// <summary>Adds a typedef.</summary>
    /// <param name="name">The new name.</param>
    /// <param name="target">The type it names.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddTypedef(string name, BtfTypeId target) => Add(new BtfTypedef(name, target));

    /// <summary>Adds a <c>volatile</c> type.</summary>
    /// <param name="target">The type that is volatile.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddVolatile(BtfTypeId target) => Add(new BtfVolatile(target));

    /// <summary>Adds a <c>const</c> type.</summary>
    /// <param name="target">The type that is const.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddConst(BtfTypeId target) => Add(new BtfConst(target));

    /// <summary>Adds a <c>restrict</c> type.</summary>
    /// <param name="target">The pointer type that is restricted.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddRestrict(BtfTypeId target) => Add(new BtfRestrict(target));

    /// <summary>Adds a tag on a type (Linux 5.17).</summary>
    /// <param name="value">The tag's text.</param>
    /// <param name="target">The type that is tagged.</param>
    /// <param name="isAttribute">Whether the text is a C attribute in full (Linux 6.15).</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddTypeTag(string value, BtfTypeId target, bool isAttribute = false) => Add(new BtfTypeTag(value, target, isAttribute));

    /// <summary>Adds a function prototype (Linux 5.0).</summary>
    /// <param name="returnType">The type returned.</param>
    /// <param name="isVariadic">Whether more arguments may follow the parameters.</param>
    /// <param name="parameters">The parameters.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddFunctionPrototype(BtfTypeId returnType, bool isVariadic, params ImmutableArray<BtfParameter> parameters) => Add(new BtfFunctionPrototype(returnType, isVariadic, parameters));

    /// <summary>Adds a function (Linux 5.0).</summary>
    /// <param name="name">The name.</param>
    /// <param name="prototype">The function's prototype.</param>
    /// <param name="linkage">How it is linked.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddFunction(string name, BtfTypeId prototype, BtfFunctionLinkage linkage) => Add(new BtfFunction(name, prototype, linkage));

    /// <summary>Adds a variable (Linux 5.2).</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="linkage">How it is linked.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddVariable(string name, BtfTypeId type, BtfVariableLinkage linkage) => Add(new BtfVariable(name, type, linkage));

    /// <summary>Adds the variables of an ELF section (Linux 5.2).</summary>
    /// <param name="name">The section's name.</param>
    /// <param name="size">The section's size in bytes.</param>
    /// <param name="entries">The variables.</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddDataSection(string name, uint size, params ImmutableArray<BtfSectionEntry> entries) => Add(new BtfDataSection(name, size, entries));

    /// <summary>Adds a tag on a declaration (Linux 5.16).</summary>
    /// <param name="value">The tag's text.</param>
    /// <param name="target">The type that is tagged.</param>
    /// <param name="componentIndex">Which member or parameter, or -1 for the whole.</param>
    /// <param name="isAttribute">Whether the text is a C attribute in full (Linux 6.15).</param>
    /// <returns>The id it got.</returns>
    public BtfTypeId AddDeclTag(string value, BtfTypeId target, int componentIndex = -1, bool isAttribute = false) => Add(new BtfDeclTag(value, target, componentIndex, isAttribute));

    /// <summary>Writes the BTF, header included: what a <c>.BTF</c> section contains and <c>BPF_BTF_LOAD</c> takes.</summary>
    /// <returns>The bytes.</returns>
    /// <exception cref="InvalidOperationException">A type refers to an id that was never given out, or a copied type is of a kind that this library cannot write.</exception>
    public byte[] ToArray()
    {
        byte[] data = Write();
        Check(data);
        return data;
    }

    /// <summary>Writes the BTF and parses it again.</summary>
    /// <returns>The spec.</returns>
    /// <exception cref="InvalidOperationException">A type refers to an id that was never given out, or a copied type is of a kind that this library cannot write.</exception>
    public BtfSpec ToSpec() => Check(Write());

    private BtfSpec Check(byte[] data)
    {
        try
        {
            return BtfSpec.Parse(data, Base, "built BTF");
        }
        catch (BpfObjectFormatException e)
        {
            throw new InvalidOperationException($"The types do not make valid BTF: {e.Problem}.", e);
        }
    }

    private byte[] Write()
    {
        var words = new List<uint>(_types.Count * 6);
        for (int i = 0; i < _types.Count; i++)
        {
            if (_types[i] is { } type)
            {
                BtfTypeEncoder.Encode(type, _strings, words);
            }
            else
            {
                // Copied as it stands: names may hold bytes that are not UTF-8.
                words.AddRange(MemoryMarshal.Cast<byte, uint>(_source!.EncodedOwn(i).Span));
            }
        }

        ReadOnlySpan<byte> strings = _strings.Bytes;
        int typesLength = words.Count * sizeof(uint);
        var data = new byte[(int)BtfEncoding.HeaderSize + typesLength + strings.Length];
        WriteUInt16(data, BtfEncoding.Magic);
        data[2] = BtfEncoding.Version;
        ReadOnlySpan<uint> header = [BtfEncoding.HeaderSize, 0, (uint)typesLength, (uint)typesLength, (uint)strings.Length];
        WriteWords(data.AsSpan(4), header);
        WriteWords(data.AsSpan((int)BtfEncoding.HeaderSize), CollectionsMarshal.AsSpan(words));
        strings.CopyTo(data.AsSpan((int)BtfEncoding.HeaderSize + typesLength));
        return data;
    }

    private void WriteUInt16(Span<byte> destination, ushort value)
    {
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(destination, value);
        }
    }

    private void WriteWords(Span<byte> destination, ReadOnlySpan<uint> words)
    {
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(destination)[..words.Length];
        words.CopyTo(target);
        if (IsBigEndian == BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(target, target);
        }
    }
}
