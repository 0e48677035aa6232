using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>
/// The one pass over a type section: finds where each type starts and proves that all records lie within the section and that all
/// names and type ids exist, so that decoding a type later cannot fail. No object is made per type.
/// </summary>
internal readonly ref struct BtfTypeWalker
{
    private const int SmallSection = 64 * 1024;

    private readonly SpanReader _types;
    private readonly ReadOnlySpan<byte> _layout;
    private readonly uint _firstId;
    private readonly uint _stringEnd;

    /// <param name="types">The type section, in the byte order of this machine.</param>
    /// <param name="layout">The layout section: four bytes per kind, of which the first two are the sizes of its records.</param>
    /// <param name="firstId">The id of the section's first type.</param>
    /// <param name="stringEnd">The first name offset that does not exist.</param>
    public BtfTypeWalker(SpanReader types, ReadOnlySpan<byte> layout, uint firstId, uint stringEnd)
    {
        _types = types;
        _layout = layout;
        _firstId = firstId;
        _stringEnd = stringEnd;
    }

    /// <summary>The offset of each type from the start of the section.</summary>
    public uint[] Walk()
    {
        // A type takes 12 bytes at least and 25 on average in kernels: large sections start with the average, small ones with the bound.
        int divisor = _types.Length > SmallSection ? 24 : (int)BtfEncoding.TypeHeaderSize;
        var offsets = new uint[(_types.Length / divisor) + 1];
        int count = Scan(ref offsets, uint.MaxValue, out uint highestId);
        uint end = _firstId + (uint)count;
        if (highestId >= end)
        {
            // How many types there are is known only now: the second pass is for the complaint's offset.
            Scan(ref offsets, end, out _);
        }

        if (offsets.Length != count)
        {
            Array.Resize(ref offsets, count);
        }

        return offsets;
    }

    // Runs once over megabytes: waiting for the tiered compiler to notice would cost more than the walk.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan(ref uint[] offsets, uint idEnd, out uint highestId)
    {
        SpanReader reader = _types;
        uint[] found = offsets;
        int count = 0;
        highestId = 0;
        while (reader.Remaining != 0)
        {
            int start = reader.Position;
            ReadOnlySpan<uint> head = MemoryMarshal.Cast<byte, uint>(reader.ReadBytes(BtfEncoding.TypeHeaderSize));
            uint nameOffset = head[0];
            uint info = head[1];
            BtfKind kind = BtfEncoding.Kind(info);
            ulong extra = RecordBytes(kind, info, reader, start, count);
            if (extra > (ulong)reader.Remaining)
            {
                throw reader.ErrorAt(start, $"{What(kind, count)} reaches beyond the end of the type section: {extra} bytes of records, but only {reader.Remaining} are left");
            }

            ReadOnlySpan<uint> records = MemoryMarshal.Cast<byte, uint>(reader.ReadBytes(extra));
            uint highestName = nameOffset;
            uint highest = BtfEncoding.RefersToType(kind) ? head[2] : 0;
            switch (kind)
            {
                case BtfKind.Array:
                    highest = Math.Max(records[0], records[1]);
                    break;
                case BtfKind.Struct or BtfKind.Union:
                    for (int i = 0; i + 2 < records.Length; i += 3)
                    {
                        highestName = Math.Max(highestName, records[i]);
                        highest = Math.Max(highest, records[i + 1]);
                    }

                    break;
                case BtfKind.FunctionPrototype:
                    for (int i = 0; i + 1 < records.Length; i += 2)
                    {
                        highestName = Math.Max(highestName, records[i]);
                        highest = Math.Max(highest, records[i + 1]);
                    }

                    break;
                case BtfKind.DataSection:
                    for (int i = 0; i + 2 < records.Length; i += 3)
                    {
                        highest = Math.Max(highest, records[i]);
                    }

                    break;
                case BtfKind.Enum:
                    for (int i = 0; i + 1 < records.Length; i += 2)
                    {
                        highestName = Math.Max(highestName, records[i]);
                    }

                    break;
                case BtfKind.Enum64:
                    for (int i = 0; i + 2 < records.Length; i += 3)
                    {
                        highestName = Math.Max(highestName, records[i]);
                    }

                    break;
            }

            if (highestName >= _stringEnd)
            {
                throw reader.ErrorAt(Locate(head, records, start, highestName), $"the name offset 0x{highestName:x} in {What(kind, count)} lies beyond the end of the strings (0x{_stringEnd:x} bytes)");
            }

            if (highest >= idEnd)
            {
                throw reader.ErrorAt(Locate(head, records, start, highest), $"{What(kind, count)} refers to type id {highest}, but the highest id is {idEnd - 1}");
            }

            highestId = Math.Max(highestId, highest);
            if (count == found.Length)
            {
                Array.Resize(ref found, found.Length * 2);
            }

            found[count++] = (uint)start;
        }

        offsets = found;
        return count;
    }

    private ulong RecordBytes(BtfKind kind, uint info, SpanReader reader, int start, int count)
    {
        uint length = BtfEncoding.VariableLength(info);
        if (!BtfEncoding.TryGetRecordSizes(kind, out uint once, out uint perEntry))
        {
            int entry = (int)kind * 4;
            if (kind == BtfKind.Void || entry > _layout.Length - 4 || ((_layout[entry] | _layout[entry + 1]) & 3) != 0)
            {
                throw reader.ErrorAt(start, $"type [{_firstId + (uint)count}] is of kind {(byte)kind}, which is not known: kinds 1 to 19 were expected");
            }

            once = _layout[entry];
            perEntry = _layout[entry + 1];
        }
        else if (perEntry == 0 && length != 0 && kind != BtfKind.Function)
        {
            // A function keeps its linkage there; for all others the kernel wants zero.
            throw reader.ErrorAt(start + 4, $"{What(kind, count)} has a length of {length}, but its kind has no entries");
        }

        return once + ((ulong)length * perEntry);
    }

    private string What(BtfKind kind, int count) => $"type [{_firstId + (uint)count}] ({kind})";

    /// <summary>Where the word with this value stands; it is the highest of its sort, so that a coincidence is harmless.</summary>
    private static long Locate(ReadOnlySpan<uint> head, ReadOnlySpan<uint> records, int start, uint value)
    {
        int word = head.IndexOf(value);
        return word >= 0 ? start + (word * 4L) : start + BtfEncoding.TypeHeaderSize + (Math.Max(records.IndexOf(value), 0) * 4L);
    }
}
