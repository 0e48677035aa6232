using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>
/// Parsed BTF, the type information of a BPF object, of the kernel or of a module. Parsing checks every record and notes where each
/// type starts; the types themselves are decoded when they are asked for and kept. Instances are safe to use from several threads.
/// </summary>
/// <remarks>
/// The bytes are not copied: whoever owns the memory given to <see cref="Parse"/> must neither change it nor let go of it
/// as long as the spec is in use. Memory that is not managed has to be kept by the <see cref="ReadOnlyMemory{T}"/> itself, and returned when nothing
/// refers to it any more: a spec never uses it later than that. Methods that follow references complain about endless or absurdly deep nesting with
/// <see cref="BpfObjectFormatException"/>.
/// </remarks>
public sealed class BtfSpec
{
    /// <summary>How deep types may be nested before they count as malformed. Real ones stay below 20.</summary>
    internal const int MaxDepth = 64;

    private const int PageBits = 8;

    private static readonly byte[] VoidType = new byte[BtfEncoding.TypeHeaderSize];

    private readonly ReadOnlyMemory<byte> _types;
    private readonly long _typesOrigin;
    private readonly uint[] _offsets;
    private readonly BtfType?[]?[] _pages;
    private readonly BtfNameSearch _names = new();

    private BtfSpec(ReadOnlyMemory<byte> data, BtfHeader header, ReadOnlyMemory<byte> types, uint[] offsets, int count, BtfSpec? baseSpec, string section)
    {
        Data = data;
        Section = section;
        Base = baseSpec;
        IsBigEndian = header.IsBigEndian;
        FirstId = new BtfTypeId(baseSpec is null ? 1 : (uint)baseSpec.TypeCount);
        _types = types;
        _typesOrigin = header.TypesStart;
        Strings = new BtfStrings(data.Slice(header.StringsStart, header.StringsLength), baseSpec?.Strings, section, header.StringsStart);
        _offsets = offsets;
        OwnTypeCount = count;
        _pages = new BtfType?[(count + (1 << PageBits) - 1) >> PageBits][];
    }

    /// <summary>The BTF as it was given, header included.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The name that complaints give to this BTF, for example <c>.BTF</c>.</summary>
    public string Section { get; }

    /// <summary>Whether the BTF is stored in big-endian byte order.</summary>
    public bool IsBigEndian { get; }

    /// <summary>The BTF that this one continues: the kernel's for that of a module. Otherwise <see langword="null"/>.</summary>
    public BtfSpec? Base { get; }

    /// <summary>The id of the first type stored here: 1, or the <see cref="TypeCount"/> of the base.</summary>
    public BtfTypeId FirstId { get; }

    /// <summary>The number of types, void and those of the base included; valid ids are smaller than this.</summary>
    public int TypeCount => (int)FirstId.Value + OwnTypeCount;

    /// <summary>The number of types stored here, without void and those of the base.</summary>
    public int OwnTypeCount { get; }

    /// <summary>The length of all strings in bytes, those of the base included; valid string offsets are smaller than this.</summary>
    public uint StringLength => Strings.Length;

    /// <summary>The types stored here, those of the base not included, in the order of their ids. Each is decoded as the enumeration reaches it.</summary>
    public IEnumerable<BtfType> OwnTypes
    {
        get
        {
            for (int i = 0; i < OwnTypeCount; i++)
            {
                yield return GetOwn(i);
            }
        }
    }

    /// <summary>The strings, those of the base included.</summary>
    internal BtfStrings Strings { get; }

    /// <summary>The type with an id.</summary>
    /// <param name="id">The id; 0 gives <see cref="BtfVoid"/>.</param>
    /// <exception cref="BpfObjectFormatException">There is no such type.</exception>
    public BtfType this[BtfTypeId id]
    {
        get
        {
            BtfSpec? owner = OwnerOf(id);
            return owner is null ? BtfVoid.Instance : owner.GetOwn((int)(id.Value - owner.FirstId.Value));
        }
    }

    /// <summary>Parses BTF in either byte order.</summary>
    /// <param name="data">The contents of a <c>.BTF</c> section or of a file in <c>/sys/kernel/btf</c>.</param>
    /// <param name="baseSpec">For split BTF, such as that of a kernel module, what it continues.</param>
    /// <param name="section">The name that complaints give to these bytes.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="BpfObjectFormatException">The bytes are not well-formed BTF.</exception>
    public static BtfSpec Parse(ReadOnlyMemory<byte> data, BtfSpec? baseSpec = null, string section = ".BTF")
    {
        ArgumentNullException.ThrowIfNull(section);
        return Read(data, baseSpec, section, checkReferences: true);
    }

    /// <summary>Parses BTF that the running kernel gives: where names and ids lead is checked only when they are followed.</summary>
    internal static BtfSpec ParseKernels(ReadOnlyMemory<byte> data, BtfSpec? baseSpec, string section) => Read(data, baseSpec, section, checkReferences: false);

    private static BtfSpec Read(ReadOnlyMemory<byte> data, BtfSpec? baseSpec, string section, bool checkReferences)
    {
        BtfHeader header = BtfHeader.Read(data.Span, baseSpec is not null, section);
        ReadOnlyMemory<byte> types = data.Slice(header.TypesStart, header.TypesLength);
        if (header.IsBigEndian == BitConverter.IsLittleEndian)
        {
            types = SwapWords(types.Span);
        }

        ulong stringEnd = (baseSpec?.StringLength ?? 0) + (ulong)header.StringsLength;
        var reader = new SpanReader(types.Span, !BitConverter.IsLittleEndian, section, header.TypesStart);
        if (stringEnd > uint.MaxValue || (ulong)(baseSpec?.TypeCount ?? 1) + (ulong)(types.Length / BtfEncoding.TypeHeaderSize) > int.MaxValue)
        {
            throw reader.ErrorAt(0, "together with its base this BTF has more types or strings than ids and offsets can name");
        }

        ReadOnlySpan<byte> layout = data.Span.Slice(header.LayoutStart, header.LayoutLength);
        uint[] offsets = new BtfTypeWalker(types.Span, reader, layout, (uint)(baseSpec?.TypeCount ?? 1), (uint)stringEnd).Walk(checkReferences, out int count);
        return new BtfSpec(data, header, types, offsets, count, baseSpec, section);
    }

    /// <summary>The type with an id, which must be of a certain kind.</summary>
    /// <typeparam name="T">The kind expected, or <see cref="BtfComposite"/>, <see cref="BtfModifier"/> or <see cref="BtfEnumeration"/>.</typeparam>
    /// <param name="id">The id.</param>
    /// <returns>The type.</returns>
    /// <exception cref="BpfObjectFormatException">There is no such type, or it is of another kind.</exception>
    public T Get<T>(BtfTypeId id)
        where T : BtfType =>
        this[id] as T ?? throw TypeError(id, $"type {id} is of kind {GetKind(id)}, but a {typeof(T).Name} was expected");

    /// <summary>The type with an id, if there is one.</summary>
    /// <param name="id">The id.</param>
    /// <param name="type">The type.</param>
    /// <returns>Whether the id is valid.</returns>
    public bool TryGetType(BtfTypeId id, [NotNullWhen(true)] out BtfType? type)
    {
        type = id.Value < (uint)TypeCount ? this[id] : null;
        return type is not null;
    }

    /// <summary>The kind of the type with an id, without decoding it.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The kind.</returns>
    /// <exception cref="BpfObjectFormatException">There is no such type.</exception>
    public BtfKind GetKind(BtfTypeId id)
    {
        BtfSpec? owner = OwnerOf(id);
        return owner is null ? BtfKind.Void : BtfEncoding.Kind(owner.HeaderWord(id, 1));
    }

    /// <summary>The first type of a kind that has a name.</summary>
    /// <typeparam name="T">The kind wanted, or a base class such as <see cref="BtfComposite"/>.</typeparam>
    /// <param name="name">The name, as C spells it but without <c>struct</c>, <c>union</c> or <c>enum</c>.</param>
    /// <param name="type">The type with the lowest id.</param>
    /// <returns>Whether there is one.</returns>
    /// <remarks>The first search builds an index over all names (a few milliseconds for a kernel's BTF, the base included).</remarks>
    public bool TryFind<T>(string name, [NotNullWhen(true)] out T? type)
        where T : BtfType
    {
        List<BtfTypeId> ids = FindIds(name, BtfKindFilter<T>.Kinds);
        type = ids.Count == 0 ? null : (T)this[ids[0]];
        return type is not null;
    }

    /// <summary>All types that have a name, of whatever kind, in the order of their ids. A name may stand for a struct, a typedef and a function at once.</summary>
    /// <param name="name">The name, as C spells it but without <c>struct</c>, <c>union</c> or <c>enum</c>.</param>
    /// <returns>The types, those of the base first.</returns>
    public IEnumerable<BtfType> FindAll(string name) => FindIds(name).Select(id => this[id]);

    /// <summary>The string at an offset of the string section; offsets beyond the base's strings lead to those stored here.</summary>
    /// <param name="offset">The offset in bytes, counted from the start of the base's strings.</param>
    /// <returns>The string; bytes that are not UTF-8 become U+FFFD.</returns>
    /// <exception cref="BpfObjectFormatException">The offset lies beyond the strings.</exception>
    public string GetString(uint offset)
    {
        string text = Strings.GetString(offset);
        GC.KeepAlive(this);
        return text;
    }

    /// <summary>The type behind typedefs, <c>const</c>, <c>volatile</c>, <c>restrict</c> and type tags.</summary>
    /// <param name="id">The id of any type.</param>
    /// <returns>The id of the first type that is none of these.</returns>
    /// <exception cref="BpfObjectFormatException">There is no such type, or the modifiers never end.</exception>
    public BtfTypeId SkipModifiers(BtfTypeId id)
    {
        BtfTypeId at = id;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfSpec? owner = OwnerOf(at);
            if (owner is null || BtfEncoding.Kind(owner.HeaderWord(at, 1)) is not (BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag))
            {
                return at;
            }

            at = new BtfTypeId(owner.HeaderWord(at, 2));
        }

        throw TooDeep(id);
    }

    /// <summary>The size of a type as C's <c>sizeof</c> gives it for BPF, where pointers have 8 bytes.</summary>
    /// <param name="id">The id of the type or of a variable.</param>
    /// <returns>The size in bytes.</returns>
    /// <exception cref="BpfObjectFormatException">The type has no size (void, functions, forward declarations), is too large, or its nesting never ends.</exception>
    public uint SizeOf(BtfTypeId id) =>
        TrySizeOf(id, out uint size) ? size : throw TypeError(id, $"type {id} ({Describe(id)}) has no size");

    /// <summary>The size of a type as C's <c>sizeof</c> gives it for BPF, if it has one.</summary>
    /// <param name="id">The id of the type or of a variable.</param>
    /// <param name="size">The size in bytes.</param>
    /// <returns>False for void, functions, prototypes, forward declarations and tags.</returns>
    /// <exception cref="BpfObjectFormatException">An array is larger than 4 GiB, or the nesting never ends.</exception>
    public bool TrySizeOf(BtfTypeId id, out uint size) => BtfTypeSizes.TrySizeOf(this, id, out size);

    /// <summary>The alignment of a type as C's <c>_Alignof</c> gives it for BPF: 16 for <c>__int128</c>, at most 8 for all other scalars, and 1 for packed structs.</summary>
    /// <param name="id">The id of the type or of a variable.</param>
    /// <returns>The alignment in bytes; 1 for types that have no size.</returns>
    /// <exception cref="BpfObjectFormatException">The nesting never ends.</exception>
    public int AlignmentOf(BtfTypeId id) => BtfTypeSizes.AlignmentOf(this, id);

    /// <summary>The type as C writes it, for messages: <c>struct flow_key</c>, <c>const char *</c>, <c>unsigned int[4]</c>.</summary>
    /// <param name="id">The id of the type.</param>
    /// <returns>The text. Very long ones are cut short with an ellipsis.</returns>
    /// <exception cref="BpfObjectFormatException">The nesting never ends.</exception>
    public string Describe(BtfTypeId id) => BtfTypeText.Describe(this, id, "");

    /// <summary>A declaration of a name with a type as C writes it, for messages: <c>unsigned int ports[4]</c>.</summary>
    /// <param name="id">The id of the type.</param>
    /// <param name="declaredName">The name that is declared.</param>
    /// <returns>The text. Very long ones are cut short with an ellipsis.</returns>
    /// <exception cref="BpfObjectFormatException">The nesting never ends.</exception>
    public string Describe(BtfTypeId id, string declaredName) => BtfTypeText.Describe(this, id, declaredName);

    /// <summary>
    /// The named members of a struct or union as C code can name them: those of anonymous structs and unions inside are listed
    /// in their place, with offsets from the start of the outermost. Unnamed padding is left out.
    /// </summary>
    /// <param name="id">The id of a struct or union, possibly behind typedefs and qualifiers.</param>
    /// <returns>The fields in the order of their declaration.</returns>
    /// <exception cref="BpfObjectFormatException">The type is neither a struct nor a union, or its nesting never ends.</exception>
    public IEnumerable<BtfField> EnumerateFields(BtfTypeId id) => BtfFieldWalker.Enumerate(this, id);

    /// <summary>Finds a member by name, in anonymous structs and unions inside too.</summary>
    /// <param name="id">The id of a struct or union, possibly behind typedefs and qualifiers.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="field">The member, with its offset from the start of the outermost struct.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfObjectFormatException">The type is neither a struct nor a union, or its nesting never ends.</exception>
    public bool TryFindField(BtfTypeId id, string name, out BtfField field)
    {
        foreach (BtfField candidate in EnumerateFields(id))
        {
            if (candidate.Name == name)
            {
                field = candidate;
                return true;
            }
        }

        field = default;
        return false;
    }

    /// <summary>The ids of all types that have a name and are of a kind wanted, those of the base first.</summary>
    internal List<BtfTypeId> FindIds(string name, BtfKinds kinds = BtfKinds.All)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> buffer = stackalloc byte[256];
        ReadOnlySpan<byte> wanted = Encoding.UTF8.TryGetBytes(name, buffer, out int length) ? buffer[..length] : Encoding.UTF8.GetBytes(name);
        List<BtfTypeId> ids = [];
        FindIds(wanted, kinds, ids);
        return ids;
    }

    /// <summary>Adds the ids of the types stored here, those of the base not included, that have a name and are of a kind wanted.</summary>
    internal void FindOwnIds(ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> ids)
    {
        _names.Find(this, name, kinds, ids);
        GC.KeepAlive(this);
    }

    /// <summary>Adds the ids of the types stored here whose names are flavours of an essential name (<see cref="CoreNames"/>), in their order.</summary>
    internal void FindOwnFlavours(ReadOnlySpan<byte> essentialName, BtfKinds kinds, List<BtfTypeId> ids)
    {
        _names.FindFlavours(this, essentialName, kinds, ids);
        GC.KeepAlive(this);
    }

    /// <summary>The name offset and the info word of a type stored here, by its place among them.</summary>
    internal (uint NameOffset, uint Info) HeaderOfOwn(int index)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(_types.Span[(int)_offsets[index]..]);
        return (words[0], words[1]);
    }

    /// <summary>Where each of the types stored here starts, in bytes from the start of <see cref="EncodedTypes"/>.</summary>
    internal ReadOnlySpan<uint> TypeOffsets => _offsets.AsSpan(0, OwnTypeCount);

    /// <summary>The types stored here, in the byte order of this machine.</summary>
    internal ReadOnlySpan<byte> EncodedTypes => _types.Span;

    /// <summary>The type with an id, read in place. The caller keeps the spec alive while it uses the view.</summary>
    internal BtfTypeView View(BtfTypeId id)
    {
        BtfSpec? owner = OwnerOf(id);
        return owner is null ? new BtfTypeView(this, VoidType) : new BtfTypeView(owner, owner._types.Span[(int)owner._offsets[id.Value - owner.FirstId.Value]..]);
    }

    /// <summary>The encoded bytes of a type stored here, in the byte order of this machine.</summary>
    internal ReadOnlyMemory<byte> EncodedOwn(int index)
    {
        uint end = index + 1 < OwnTypeCount ? _offsets[index + 1] : (uint)_types.Length;
        return _types[(int)_offsets[index]..(int)end];
    }

    /// <summary>A complaint about a type, naming the section and the offset where it is stored.</summary>
    internal BpfObjectFormatException TypeError(BtfTypeId id, string problem)
    {
        BtfSpec? owner = id.Value < (uint)TypeCount ? OwnerOf(id) : null;
        return new BpfObjectFormatException(problem, (owner ?? this).Section, owner is null ? null : owner._typesOrigin + owner._offsets[id.Value - owner.FirstId.Value]);
    }

    internal BpfObjectFormatException TooDeep(BtfTypeId id) =>
        TypeError(id, $"type {id} is nested more than {MaxDepth} levels deep, or contains itself");

    private static byte[] SwapWords(ReadOnlySpan<byte> words)
    {
        // The type section is 32-bit words throughout: swapped once, it reads like one of this machine.
        var swapped = new byte[words.Length];
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(words), MemoryMarshal.Cast<byte, uint>(swapped.AsSpan()));
        return swapped;
    }

    /// <summary>The spec in the chain that stores a type; null for void.</summary>
    private BtfSpec? OwnerOf(BtfTypeId id)
    {
        if (id.IsVoid)
        {
            return null;
        }

        if (id.Value >= (uint)TypeCount)
        {
            throw new BpfObjectFormatException($"there is no type with id {id.Value}: the highest is {TypeCount - 1}", Section);
        }

        BtfSpec owner = this;
        while (id < owner.FirstId)
        {
            owner = owner.Base!;
        }

        return owner;
    }

    private void FindIds(ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> ids)
    {
        Base?.FindIds(name, kinds, ids);
        FindOwnIds(name, kinds, ids);
    }

    private uint HeaderWord(BtfTypeId id, int word)
    {
        uint value = MemoryMarshal.Read<uint>(_types.Span[((int)_offsets[id.Value - FirstId.Value] + (word * 4))..]);
        GC.KeepAlive(this);
        return value;
    }

    private BtfType GetOwn(int index)
    {
        ref BtfType?[]? page = ref _pages[index >> PageBits];
        if (Volatile.Read(ref page) is null)
        {
            Interlocked.CompareExchange(ref page, new BtfType?[1 << PageBits], null);
        }

        ref BtfType? slot = ref page![index & ((1 << PageBits) - 1)];
        return Volatile.Read(ref slot) ?? Decode(index, ref slot);
    }

    private BtfType Decode(int index, ref BtfType? slot)
    {
        uint start = _offsets[index];
        var reader = new SpanReader(_types.Span[(int)start..], !BitConverter.IsLittleEndian, Section, _typesOrigin + start);
        BtfType type = BtfTypeDecoder.Decode(this, ref reader, new BtfTypeId(FirstId.Value + (uint)index));
        GC.KeepAlive(this);

        // Two threads may decode the same type: the first one's object is everyone's.
        return Interlocked.CompareExchange(ref slot, type, null) ?? type;
    }
}
