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

    // What stands behind the header, by kind: 0 to 19 as in BtfKind. In words.
    private static ReadOnlySpan<byte> OnceWords => [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];

    private static ReadOnlySpan<byte> EntryWords => [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

    // Whether the header's third word, and which word of an entry, is a type id (3: none); an entry's name is always its first word.
    private static ReadOnlySpan<byte> HeaderHasId => [0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0];

    private static ReadOnlySpan<byte> EntryHasId => [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> EntryHasName => [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];

    /// <summary>The offset of each type from the start of the section, in bytes. The array may be longer than <paramref name="count"/>.</summary>
    public uint[] Walk(out int count)
    {
        // A type takes 12 bytes at least and 25 on average in kernels: large sections start with the average, small ones with the bound.
        int divisor = _words.Length > SmallSection ? 24 : (int)BtfEncoding.TypeHeaderSize;
        uint[] offsets = GC.AllocateUninitializedArray<uint>((_words.Length * sizeof(uint) / divisor) + 1);
        count = Scan(ref offsets, uint.MaxValue, out uint highestId);
        uint end = _firstId + (uint)count;
        if (highestId >= end)
        {
            // How many types there are is known only now: the second pass is for the complaint's offset.
            Scan(ref offsets, end, out _);
        }

        // Half a megabyte is not copied for a few per cent of waste.
        if (count < offsets.Length - (offsets.Length / 8))
        {
            Array.Resize(ref offsets, count);
        }

        return offsets;
    }

    // Runs once: waiting for the tiered compiler to take notice would cost more than the walk.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan(ref uint[] offsets, uint idEnd, out uint highestId)
    {
        ReadOnlySpan<uint> words = _words;
        ReadOnlySpan<byte> onceWords = OnceWords, entryWords = EntryWords, headerHasId = HeaderHasId, entryHasId = EntryHasId, entryHasName = EntryHasName;
        uint[] found = offsets;
        uint stringEnd = _stringEnd;
        uint highest = 0;
        int count = 0;
        int at = 0;
        while (at < words.Length)
        {
            if (words.Length - at < HeaderWords)
            {
                throw _reader.ErrorAt(at * 4L, $"a type's header of 12 bytes was expected, but only {(words.Length - at) * 4} bytes are left");
            }

            ReadOnlySpan<uint> head = words.Slice(at, HeaderWords);
            uint info = head[1];
            int kind = (int)((info >> 24) & 0x7F);
            uint length = info & BtfEncoding.MaxVariableLength;
            ulong recordWords;
            uint highestName = head[0];
            uint highestHere = 0;
            if (kind - 1 < (int)BtfKind.Enum64 && kind != 0)
            {
                int step = entryWords[kind];
                int records = at + HeaderWords + onceWords[kind];
                recordWords = onceWords[kind] + ((ulong)length * (uint)step);
                if (recordWords > (uint)(words.Length - at - HeaderWords) || (step == 0 && length != 0 && kind != (int)BtfKind.Function))
                {
                    throw BadLength(at, count, (BtfKind)kind, length, recordWords);
                }

                highestHere = head[2] & (0u - headerHasId[kind]);
                if (step != 0)
                {
                    // The id is an entry's second word, after the name; a data section's entries have no name and start with it.
                    uint nameMask = 0u - entryHasName[kind];
                    uint idMask = 0u - entryHasId[kind];
                    int idWord = entryHasName[kind];
                    ReadOnlySpan<uint> entries = words.Slice(records, (int)length * step);
                    for (int i = 0; i + 1 < entries.Length; i += step)
                    {
                        highestName = Math.Max(highestName, entries[i] & nameMask);
                        highestHere = Math.Max(highestHere, entries[i + idWord] & idMask);
                    }
                }
                else if (kind == (int)BtfKind.Array)
                {
                    highestHere = Math.Max(words[records - 3], words[records - 2]);
                }
            }
            else
            {
                recordWords = UnknownKindWords(at, count, kind, length);
            }

            if (highestName >= stringEnd || highestHere >= idEnd)
            {
                throw BadReference(at, count, (BtfKind)kind, (int)recordWords, highestName, highestHere, idEnd);
            }

            highest = Math.Max(highest, highestHere);
            if (count == found.Length)
            {
                Array.Resize(ref found, found.Length * 2);
            }

            found[count++] = (uint)at * sizeof(uint);
            at += HeaderWords + (int)recordWords;
        }

        offsets = found;
        highestId = highest;
        return count;
    }

    private ulong UnknownKindWords(int at, int count, int kind, uint length)
    {
        int entry = kind * 4;
        if (kind == 0 || entry > _layout.Length - 4 || ((_layout[entry] | _layout[entry + 1]) & 3) != 0)
        {
            throw _reader.ErrorAt(at * 4L, $"type [{_firstId + (uint)count}] is of kind {kind}, which is not known: kinds 1 to 19 were expected");
        }

        ulong recordWords = (_layout[entry] + ((ulong)length * _layout[entry + 1])) / 4;
        return recordWords <= (uint)(_words.Length - at - HeaderWords) ? recordWords : throw BadLength(at, count, (BtfKind)kind, length, recordWords);
    }

    private BpfObjectFormatException BadLength(int at, int count, BtfKind kind, uint length, ulong recordWords) =>
        recordWords > (uint)(_words.Length - at - HeaderWords)
            ? _reader.ErrorAt(at * 4L, $"{What(kind, count)} reaches beyond the end of the type section: {recordWords * 4} bytes of records, but only {(_words.Length - at - HeaderWords) * 4} are left")
            : _reader.ErrorAt((at * 4L) + 4, $"{What(kind, count)} has a length of {length}, but its kind has no entries");

    private BpfObjectFormatException BadReference(int at, int count, BtfKind kind, int recordWords, uint highestName, uint highestId, uint idEnd)
    {
        ReadOnlySpan<uint> type = _words.Slice(at, HeaderWords + recordWords);
        return highestName >= _stringEnd
            ? _reader.ErrorAt((at + type.IndexOf(highestName)) * 4L, $"the name offset 0x{highestName:x} in {What(kind, count)} lies beyond the end of the strings (0x{_stringEnd:x} bytes)")
            : _reader.ErrorAt((at + 2 + type[2..].IndexOf(highestId)) * 4L, $"{What(kind, count)} refers to type id {highestId}, but the highest id is {idEnd - 1}");
    }

    private string What(BtfKind kind, int count) => $"type [{_firstId + (uint)count}] ({kind})";
}
