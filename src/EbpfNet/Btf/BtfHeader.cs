using System.Buffers.Binary;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>The header of BTF with its sections found and checked: <c>struct btf_header</c>. Starts count from the first byte of the header.</summary>
internal readonly record struct BtfHeader(bool IsBigEndian, int TypesStart, int TypesLength, int StringsStart, int StringsLength, int LayoutStart, int LayoutLength)
{
    public static BtfHeader Read(ReadOnlySpan<byte> data, bool isSplit, string section)
    {
        SpanReader reader = Open(data, section, BtfEncoding.HeaderSize, out uint headerLength);
        uint typesOffset = reader.ReadUInt32();
        uint typesLength = reader.ReadUInt32();
        uint stringsOffset = reader.ReadUInt32();
        uint stringsLength = reader.ReadUInt32();
        uint layoutOffset = 0;
        uint layoutLength = 0;
        if (headerLength >= BtfEncoding.HeaderSizeWithLayout)
        {
            layoutOffset = reader.ReadUInt32();
            layoutLength = reader.ReadUInt32();
        }

        // Offsets count from the end of the header.
        reader.Slice(headerLength + (ulong)typesOffset, typesLength, "the type section");
        reader.Slice(headerLength + (ulong)stringsOffset, stringsLength, "the string section");
        reader.Slice(headerLength + (ulong)layoutOffset, layoutLength, "the layout section");
        if (typesOffset % 4 != 0 || typesLength % 4 != 0)
        {
            throw reader.ErrorAt(8, $"the type section (offset 0x{typesOffset:x}, 0x{typesLength:x} bytes) is not made of whole 32-bit words");
        }

        if (typesLength != 0 && stringsLength != 0 && typesOffset < (ulong)stringsOffset + stringsLength && stringsOffset < (ulong)typesOffset + typesLength)
        {
            throw reader.ErrorAt(8, $"the type section (offset 0x{typesOffset:x}, 0x{typesLength:x} bytes) and the string section (offset 0x{stringsOffset:x}, 0x{stringsLength:x} bytes) overlap");
        }

        CheckStrings(reader, headerLength + stringsOffset, stringsLength, isSplit);
        return new BtfHeader(
            reader.IsBigEndian,
            (int)(headerLength + typesOffset),
            (int)typesLength,
            (int)(headerLength + stringsOffset),
            (int)stringsLength,
            (int)(headerLength + layoutOffset),
            (int)layoutLength);
    }

    /// <summary>Reads what the headers of <c>.BTF</c> and <c>.BTF.ext</c> have in common; the reader then stands behind it.</summary>
    public static SpanReader Open(ReadOnlySpan<byte> data, string section, uint minimumLength, out uint headerLength)
    {
        if (data.Length < 8)
        {
            throw new BpfObjectFormatException($"the section has {data.Length} bytes, but its header alone has {minimumLength}", section, 0);
        }

        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(data);
        if (magic != BtfEncoding.Magic && BinaryPrimitives.ReverseEndianness(magic) != BtfEncoding.Magic)
        {
            throw new BpfObjectFormatException($"the first two bytes are {data[0]:x2} {data[1]:x2}, not BTF's magic number 0xeb9f in either byte order", section, 0);
        }

        var reader = new SpanReader(data, magic != BtfEncoding.Magic, section);
        reader.Skip(2);
        byte version = reader.ReadByte();
        byte flags = reader.ReadByte();
        headerLength = reader.ReadUInt32();
        if (version != BtfEncoding.Version)
        {
            throw reader.ErrorAt(2, $"BTF version {version} is not known: version {BtfEncoding.Version} was expected");
        }

        if (flags != 0)
        {
            throw reader.ErrorAt(3, $"the header has flags 0x{flags:x2}, of which none is known");
        }

        if (headerLength < minimumLength || headerLength > (uint)data.Length)
        {
            throw reader.ErrorAt(4, $"the header states a length of {headerLength} bytes: at least {minimumLength} and at most the section's {data.Length} were expected");
        }

        return reader;
    }

    private static void CheckStrings(SpanReader reader, uint start, uint length, bool isSplit)
    {
        if (length == 0)
        {
            if (!isSplit)
            {
                throw reader.ErrorAt(start, "the string section is empty: it has to hold the empty string at least");
            }

            return;
        }

        reader.Seek(start);
        ReadOnlySpan<byte> strings = reader.ReadBytes(length);

        // Split BTF continues its base's strings, of which the first is the empty one.
        if (!isSplit && strings[0] != 0)
        {
            throw reader.ErrorAt(start, "the string section does not start with the empty string");
        }

        if (strings[^1] != 0)
        {
            throw reader.ErrorAt((long)start + length - 1, "the string section does not end with a NUL");
        }
    }
}
