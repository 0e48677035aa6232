using EbpfNet.Buffers;

namespace EbpfNet.Elf;

/// <summary>Where the parts of a program or library lie in memory and in its file (its <c>PT_LOAD</c> program headers).</summary>
internal sealed class ElfSegments
{
    private const uint Load = 1; // PT_LOAD
    private const uint Executable = 1; // PF_X
    private const int HeaderSize = 56;

    private readonly Segment[] _segments;

    private ElfSegments(Segment[] segments) => _segments = segments;

    /// <exception cref="BpfObjectFormatException">The file is cut off or contradicts itself.</exception>
    public static ElfSegments Read(ReadOnlySpan<byte> image, bool isBigEndian)
    {
        var header = new SpanReader(image, isBigEndian, "ELF header");
        header.Seek(0x20);
        ulong table = header.ReadUInt64();
        header.Seek(0x36);
        ushort size = header.ReadUInt16();
        ushort count = header.ReadUInt16();
        if (count == 0)
        {
            return new ElfSegments([]);
        }

        if (size != HeaderSize)
        {
            throw header.ErrorAt(0x36, $"program headers are said to take {size} bytes; {HeaderSize} were expected");
        }

        SpanReader reader = header.Slice(table, (ulong)count * HeaderSize, "the program header table");
        var segments = new List<Segment>();
        for (int i = 0; i < count; i++)
        {
            uint type = reader.ReadUInt32();
            uint flags = reader.ReadUInt32();
            ulong offset = reader.ReadUInt64();
            ulong address = reader.ReadUInt64();
            reader.Skip(8); // p_paddr
            ulong length = reader.ReadUInt64();
            reader.Skip(16); // p_memsz, p_align
            if (type == Load)
            {
                segments.Add(new Segment(address, offset, length, (flags & Executable) != 0));
            }
        }

        return new ElfSegments([.. segments]);
    }

    /// <summary>The place in the file of an address; <see langword="null"/> where the file has nothing for it.</summary>
    /// <param name="address">The address, as symbols have it.</param>
    /// <param name="code">Only where there is code, or only where there is none.</param>
    public ulong? ToFileOffset(ulong address, bool code)
    {
        foreach (Segment segment in _segments)
        {
            if (segment.IsExecutable == code && address >= segment.Address && address - segment.Address < segment.Length)
            {
                return unchecked(address - segment.Address + segment.Offset);
            }
        }

        return null;
    }

    /// <summary>The address of a place in the file; <see langword="null"/> where no code is loaded from there.</summary>
    public ulong? ToAddress(ulong fileOffset)
    {
        foreach (Segment segment in _segments)
        {
            if (segment.IsExecutable && fileOffset >= segment.Offset && fileOffset - segment.Offset < segment.Length)
            {
                return unchecked(fileOffset - segment.Offset + segment.Address);
            }
        }

        return null;
    }

    private readonly record struct Segment(ulong Address, ulong Offset, ulong Length, bool IsExecutable);
}
