using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>
/// The one pass over a type section: finds where each type starts and proves that all records lie within the section and that all
/// names and type ids exist, so that decoding a type later cannot fail. No object is made per type.
/// </summary>
/// <remarks>
/// Kernels have some 800,000 words of types. The loop therefore goes over the words by itself, as tables tell it, and calls nothing: a call
/// would stay in its first, unoptimized form for all of the walk.
/// </remarks>
internal readonly ref struct BtfTypeWalker
{
    private const int HeaderWords = (int)BtfEncoding.TypeHeaderSize / sizeof(uint);
    private const int SmallSection = 64 * 1024;

    // The parts of a rule.
    private const uint Known = 1u << 31;
    private const uint NoLength = 1u << 12;
    private const uint IsArray = 1u << 11;
    private const uint HeaderId = 1u << 10;
    private const uint EntryName = 1u << 9;
    private const uint EntryId = 1u << 8;

    private readonly SpanReader _reader;
    private readonly ReadOnlySpan<uint> _words;
    private readonly ReadOnlySpan<byte> _layout;
    private readonly uint _firstId;
    private readonly uint _stringEnd;

    /// <param name="types">The type section, in the byte order of this machine, whole words long.</param>
    /// <param name="reader">The same section, for complaints.</param>
    /// <param name="layout">The layout section: four bytes per kind, of which the first two are the sizes of its records.</param>
    /// <param name="firstId">The id of the section's first type.</param>
    /// <param name="stringEnd">The first name offset that does not exist.</param>
    public BtfTypeWalker(ReadOnlySpan<byte> types, SpanReader reader, ReadOnlySpan<byte> layout, uint firstId, uint stringEnd)
    {
        _words = MemoryMarshal.Cast<byte, uint>(types);
        _reader = reader;
        _layout = layout;
        _firstId = firstId;
        _stringEnd = stringEnd;
    }

    /// <summary>
    /// What stands where, by kind: words that come once (bits 0 to 3), words per entry (bits 4 to 7), whether an
    /// entry has a name (always its first word) and an id (the word after), whether the header's third word is an id, and whether the
    /// length has to be zero.
    /// </summary>
    private static ReadOnlySpan<uint> Rules =>
    [
        0,
        Known | NoLength | 1,                       // Int
        Known | NoLength | HeaderId,                // Pointer
        Known | NoLength | IsArray | 3,             // Array
        Known | EntryName | EntryId | (3 << 4),     // Struct
        Known | EntryName | EntryId | (3 << 4),     // Union
        Known | EntryName | (2 << 4),               // Enum
        Known | NoLength,                           // Forward
        Known | NoLength | HeaderId,                // Typedef
        Known | NoLength | HeaderId,                // Volatile
        Known | NoLength | HeaderId,                // Const
        Known | NoLength | HeaderId,                // Restrict
        Known | HeaderId,                           // Function: the length is its linkage
        Known | HeaderId | EntryName | EntryId | (2 << 4), // FunctionPrototype
        Known | NoLength | HeaderId | 1,            // Variable
        Known | EntryId | (3 << 4),                 // DataSection
        Known | NoLength,                           // Float
        Known | NoLength | HeaderId | 1,            // DeclTag
        Known | NoLength | HeaderId,                // TypeTag
        Known | EntryName | (3 << 4),               // Enum64
    ];

    /// <summary>The offset of each type from the start of the section, in bytes. The array may be longer than <paramref name="count"/>.</summary>
    /// <param name="checkReferences">
    /// Whether to look at all names and ids now. Where the kernel made the BTF they are looked at when they are used: that halves the time.
    /// </param>
    /// <param name="count">The number of types.</param>
    public uint[] Walk(bool checkReferences, out int count)
    {
        // A type takes 12 bytes at least and 25 on average in kernels: large sections start with the average, small ones with the bound.
        int divisor = _words.Length > SmallSection ? 24 : (int)BtfEncoding.TypeHeaderSize;
        uint[] offsets = GC.AllocateUninitializedArray<uint>((_words.Length * sizeof(uint) / divisor) + 1);
        uint highestName = 0;
        uint highestId = 0;
        count = checkReferences ? Scan(ref offsets, out highestName, out highestId) : ScanLengths(ref offsets);

        // How many types there are is known only now.
        uint idEnd = _firstId + (uint)count;
        if (highestName >= _stringEnd || highestId >= idEnd)
        {
            throw BadReference(offsets.AsSpan(0, count), idEnd);
        }

        // Half a megabyte is not copied for a few per cent of waste.
        if (count < offsets.Length - (offsets.Length / 8))
        {
            Array.Resize(ref offsets, count);
        }

        return offsets;
    }

    /// <summary>Finds where the types start, and that they lie within the section.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ScanLengths(ref uint[] offsets)
    {
        ReadOnlySpan<uint> words = _words;
        ReadOnlySpan<uint> rules = Rules;
        uint[] found = offsets;
        int count = 0;
        int at = 0;
        while (at < words.Length)
        {
            int left = words.Length - at;
            if (left < HeaderWords)
            {
                throw CutHeader(at);
            }

            uint info = words[at + 1];
            uint kind = (info >> 24) & 0x7F;
            uint rule = kind < (uint)rules.Length ? rules[(int)kind] : 0;
            int length = (int)(info & BtfEncoding.MaxVariableLength);
            int next = HeaderWords + ((int)rule & 0xF) + (length * ((int)(rule >> 4) & 0xF));
            if ((rule & Known) == 0)
            {
                next = HeaderWords + UnknownKindWords(at, count, info);
            }
            else if (next > left || (length != 0 && (rule & NoLength) != 0))
            {
                throw BadLength(at, count, info, next);
            }

            if (count == found.Length)
            {
                Array.Resize(ref found, found.Length * 2);
            }

            found[count++] = (uint)at * sizeof(uint);
            at += next;
        }

        offsets = found;
        return count;
    }

    // Runs once: waiting for the tiered compiler to take notice would cost more than the walk.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan(ref uint[] offsets, out uint highestName, out uint highestId)
    {
        ReadOnlySpan<uint> words = _words;
        ReadOnlySpan<uint> rules = Rules;
        uint[] found = offsets;
        uint name = 0;
        uint id = 0;
        int count = 0;
        int at = 0;
        while (at < words.Length)
        {
            ReadOnlySpan<uint> rest = words[at..];
            if (rest.Length < HeaderWords)
            {
                throw CutHeader(at);
            }

            uint info = rest[1];
            uint kind = (info >> 24) & 0x7F;
            uint rule = kind < (uint)rules.Length ? rules[(int)kind] : 0;
            int length = (int)(info & BtfEncoding.MaxVariableLength);
            int perEntry = (int)(rule >> 4) & 0xF;
            int next = HeaderWords + ((int)rule & 0xF) + (length * perEntry);
            name = Math.Max(name, rest[0]);
            if ((rule & Known) == 0)
            {
                next = HeaderWords + UnknownKindWords(at, count, info);
            }
            else if (next > rest.Length || (length != 0 && (rule & NoLength) != 0))
            {
                throw BadLength(at, count, info, next);
            }

            if ((rule & HeaderId) != 0)
            {
                id = Math.Max(id, rest[2]);
            }

            if (perEntry == 0)
            {
                if ((rule & IsArray) != 0)
                {
                    id = Math.Max(id, Math.Max(rest[HeaderWords], rest[HeaderWords + 1]));
                }
            }
            else if (perEntry == 2)
            {
                uint idMask = (rule & EntryId) != 0 ? uint.MaxValue : 0;
                foreach (ref readonly Pair entry in MemoryMarshal.Cast<uint, Pair>(rest[HeaderWords..next]))
                {
                    name = Math.Max(name, entry.First);
                    id = Math.Max(id, entry.Second & idMask);
                }
            }
            else if ((rule & EntryName) != 0)
            {
                uint idMask = (rule & EntryId) != 0 ? uint.MaxValue : 0;
                foreach (ref readonly Triple entry in MemoryMarshal.Cast<uint, Triple>(rest[HeaderWords..next]))
                {
                    name = Math.Max(name, entry.First);
                    id = Math.Max(id, entry.Second & idMask);
                }
            }
            else
            {
                foreach (ref readonly Triple entry in MemoryMarshal.Cast<uint, Triple>(rest[HeaderWords..next]))
                {
                    id = Math.Max(id, entry.First);
                }
            }

            if (count == found.Length)
            {
                Array.Resize(ref found, found.Length * 2);
            }

            found[count++] = (uint)at * sizeof(uint);
            at += next;
        }

        offsets = found;
        highestName = name;
        highestId = id;
        return count;
    }

    /// <summary>The words behind the header of a kind that only the layout section knows.</summary>
    private int UnknownKindWords(int at, int count, uint info)
    {
        int entry = (int)BtfEncoding.Kind(info) * 4;
        if (entry == 0 || entry > _layout.Length - 4 || ((_layout[entry] | _layout[entry + 1]) & 3) != 0)
        {
            throw _reader.ErrorAt(at * 4L, $"type [{_firstId + (uint)count}] is of kind {(byte)BtfEncoding.Kind(info)}, which is not known: kinds 1 to 19 were expected");
        }

        long recordWords = (_layout[entry] + ((long)BtfEncoding.VariableLength(info) * _layout[entry + 1])) / 4;
        return recordWords <= _words.Length - at - HeaderWords ? (int)recordWords : throw BadLength(at, count, info, recordWords + HeaderWords);
    }

    private BpfObjectFormatException CutHeader(int at) =>
        _reader.ErrorAt(at * 4L, $"a type's header of 12 bytes was expected, but only {(_words.Length - at) * 4} bytes are left");

    private BpfObjectFormatException BadLength(int at, int count, uint info, long typeWords) =>
        typeWords > _words.Length - at
            ? _reader.ErrorAt(at * 4L, $"{What(info, count)} reaches beyond the end of the type section: {(typeWords - HeaderWords) * 4} bytes of records, but only {(_words.Length - at - HeaderWords) * 4} are left")
            : _reader.ErrorAt((at * 4L) + 4, $"{What(info, count)} has a length of {BtfEncoding.VariableLength(info)}, but its kind has no entries");

    /// <summary>Looks for the name or id that is known to be out of range somewhere.</summary>
    private BpfObjectFormatException BadReference(ReadOnlySpan<uint> offsets, uint idEnd)
    {
        for (int i = 0; i < offsets.Length; i++)
        {
            int start = (int)offsets[i] / sizeof(uint);
            int end = i + 1 < offsets.Length ? (int)offsets[i + 1] / sizeof(uint) : _words.Length;
            ReadOnlySpan<uint> type = _words[start..end];
            BtfKind kind = BtfEncoding.Kind(type[1]);
            uint rule = kind <= BtfKind.Enum64 ? Rules[(int)kind] : 0;
            int perEntry = (int)(rule >> 4) & 0xF;
            for (int word = 0; word < type.Length; word++)
            {
                int column = word < HeaderWords || perEntry == 0 ? -1 : (word - HeaderWords) % perEntry;
                bool hasNames = (rule & EntryName) != 0;
                bool isName = word == 0 || (column == 0 && hasNames);
                bool isId = (word == 2 && (rule & HeaderId) != 0)
                    || ((word is 3 or 4) && (rule & IsArray) != 0)
                    || (column == (hasNames ? 1 : 0) && (rule & EntryId) != 0);
                if (isName && type[word] >= _stringEnd)
                {
                    return _reader.ErrorAt((start + word) * 4L, $"the name offset 0x{type[word]:x} in {What(type[1], i)} lies beyond the end of the strings (0x{_stringEnd:x} bytes)");
                }

                if (isId && type[word] >= idEnd)
                {
                    return _reader.ErrorAt((start + word) * 4L, $"{What(type[1], i)} refers to type id {type[word]}, but the highest id is {idEnd - 1}");
                }
            }
        }

        throw new InvalidOperationException("A name or id was out of range, and then none was.");
    }

    private string What(uint info, int count) => $"type [{_firstId + (uint)count}] ({BtfEncoding.Kind(info)})";

    // Entries are read as structs because a loop over a span of these needs no check per word.
    private readonly record struct Pair(uint First, uint Second);

    private readonly record struct Triple(uint First, uint Second, uint Third);
}
