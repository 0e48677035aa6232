using EbpfNet.Buffers;

namespace EbpfNet.Elf;

/// <summary>Turns the bytes of an ELF file into an <see cref="ElfFile"/>.</summary>
internal sealed class ElfParser(ReadOnlyMemory<byte> image, string? name)
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const int RelocationSize = 16;
    private const int RelocationWithAddendSize = 24;
    private const ushort ReservedIndices = 0xff00;
    private const ushort AbsoluteIndex = 0xfff1;
    private const ushort CommonIndex = 0xfff2;
    private const ushort ExtendedIndex = 0xffff;

    private readonly record struct FileHeader(ElfFileType Type, ElfMachine Machine, ulong SectionTable, ushort SectionCount, ushort NamesIndex);

    private bool _bigEndian;
    private ElfSection[] _sections = [];

    public ElfFile Parse()
    {
        FileHeader header = ReadFileHeader();
        ReadSections(header);

        int symbolTable = FindTable(ElfSectionType.SymbolTable);
        int dynamicTable = FindTable(ElfSectionType.DynamicSymbolTable);
        ElfSymbol[] symbols = symbolTable < 0 ? [] : ReadSymbols(_sections[symbolTable]);
        ElfSymbol[] dynamicSymbols = dynamicTable < 0 ? [] : ReadSymbols(_sections[dynamicTable]);

        Dictionary<int, List<ElfRelocation>> relocations = [];
        if (header.Type == ElfFileType.Relocatable)
        {
            foreach (ElfSection section in _sections)
            {
                if (section.Type is ElfSectionType.Relocation or ElfSectionType.RelocationWithAddend)
                {
                    ReadRelocations(section, symbolTable, symbols, relocations);
                }
            }
        }

        return new ElfFile(name, _bigEndian, header.Type, header.Machine, _sections, symbols, dynamicSymbols, relocations);
    }

    private FileHeader ReadFileHeader()
    {
        ReadOnlySpan<byte> bytes = image.Span;
        SpanReader identification = new(bytes, bigEndian: false, "ELF header");
        if (bytes.Length < 4 || !bytes[..4].SequenceEqual("\u007fELF"u8))
        {
            throw identification.ErrorAt(0, "the file does not start with 7f 'E' 'L' 'F', so it is no ELF file");
        }

        if (bytes.Length < HeaderSize)
        {
            throw identification.ErrorAt(bytes.Length, $"the file ends within the ELF header, which takes {HeaderSize} bytes");
        }

        if (bytes[4] != 2)
        {
            throw identification.ErrorAt(4, $"the file class is {bytes[4]}; only 64-bit files (class 2) are read");
        }

        _bigEndian = bytes[5] switch
        {
            1 => false,
            2 => true,
            _ => throw identification.ErrorAt(5, $"the byte order is {bytes[5]}; 1 (little-endian) or 2 (big-endian) was expected"),
        };
        if (bytes[6] != 1)
        {
            throw identification.ErrorAt(6, $"the ELF version is {bytes[6]}; 1 was expected");
        }

        SpanReader reader = new(bytes, _bigEndian, "ELF header");
        reader.Seek(16);
        var type = (ElfFileType)reader.ReadUInt16();
        var machine = (ElfMachine)reader.ReadUInt16();
        reader.Seek(0x28);
        ulong sectionTable = reader.ReadUInt64();
        reader.Seek(0x3a);
        ushort entrySize = reader.ReadUInt16();
        ushort count = reader.ReadUInt16();
        ushort namesIndex = reader.ReadUInt16();
        return sectionTable == 0 || entrySize == SectionHeaderSize
            ? new FileHeader(type, machine, sectionTable, count, namesIndex)
            : throw reader.ErrorAt(0x3a, $"section headers are said to take {entrySize} bytes; {SectionHeaderSize} were expected");
    }

    private void ReadSections(FileHeader header)
    {
        if (header.SectionTable == 0)
        {
            return;
        }

        SpanReader file = new(image.Span, _bigEndian, "section header table");
        if (header.SectionTable > (ulong)file.Length)
        {
            throw new BpfObjectFormatException($"the section header table is said to be at 0x{header.SectionTable:x}, beyond the end of the file (0x{file.Length:x} bytes)", "ELF header", 0x28);
        }

        file.Seek(header.SectionTable);
        file.RequireRecords(1, SectionHeaderSize, "section headers");
        ElfSectionHeader first = ReadSectionHeader(ref file);

        // Numbers too large for their 16 bits are kept in the unused first section header.
        ulong count = header.SectionCount == 0 ? first.Size : header.SectionCount;
        uint namesIndex = header.NamesIndex == ExtendedIndex ? first.Link : header.NamesIndex;
        file.Seek(header.SectionTable);
        file.RequireRecords(count, SectionHeaderSize, "section headers");
        if (namesIndex != 0 && namesIndex >= count)
        {
            throw new BpfObjectFormatException($"section {namesIndex} is said to hold the section names, but there are only {count} sections", "ELF header", 0x3e);
        }

        var headers = new ElfSectionHeader[(int)count];
        for (int i = 0; i < headers.Length; i++)
        {
            headers[i] = ReadSectionHeader(ref file);
        }

        ElfNames? names = null;
        if (namesIndex != 0)
        {
            ElfSectionHeader table = headers[namesIndex];
            if (table.Type != ElfSectionType.StringTable || (table.Flags & ElfSectionFlags.Compressed) != 0)
            {
                throw new BpfObjectFormatException($"section {namesIndex} is said to hold the section names, but is no string table (type {table.Type}, flags {table.Flags})", "ELF header", 0x3e);
            }

            names = new ElfNames(GetData(table, (int)namesIndex, "section name table"), "section name table");
        }

        // Sections of genuine files do not share bytes. Were they allowed to, a small file could claim any number of records.
        long budget = 2L * image.Length;
        var sections = new ElfSection[headers.Length];
        for (int i = 0; i < headers.Length; i++)
        {
            string sectionName = names?.Get(headers[i].NameOffset) ?? "";
            sections[i] = new ElfSection(i, sectionName, headers[i], i == 0 ? default : GetData(headers[i], i, sectionName));
            budget -= sections[i].Data.Length;
            if (budget < 0)
            {
                throw Complaint(sections[i], 0, "the sections up to this one overlap: together they are more than twice as long as the file");
            }
        }

        _sections = sections;
    }

    private static ElfSectionHeader ReadSectionHeader(ref SpanReader reader)
    {
        uint nameOffset = reader.ReadUInt32();
        var type = (ElfSectionType)reader.ReadUInt32();
        var flags = (ElfSectionFlags)reader.ReadUInt64();
        ulong address = reader.ReadUInt64();
        ulong offset = reader.ReadUInt64();
        ulong size = reader.ReadUInt64();
        uint link = reader.ReadUInt32();
        uint info = reader.ReadUInt32();
        reader.Skip(8); // sh_addralign
        return new ElfSectionHeader(nameOffset, type, flags, address, offset, size, link, info, reader.ReadUInt64());
    }

    private ReadOnlyMemory<byte> GetData(in ElfSectionHeader header, int index, string sectionName)
    {
        if (header.Type is ElfSectionType.NoBits or ElfSectionType.Null || header.Size == 0)
        {
            return default;
        }

        ulong length = (ulong)image.Length;
        if (header.Offset > length || header.Size > length - header.Offset)
        {
            string shown = sectionName.Length == 0 ? $"section {index}" : sectionName;
            throw new BpfObjectFormatException(
                $"the section (0x{header.Size:x} bytes at 0x{header.Offset:x} of the file) reaches beyond the end of the file (0x{length:x} bytes); the file is cut off or damaged",
                shown,
                0);
        }

        return image.Slice((int)header.Offset, (int)header.Size);
    }

    private int FindTable(ElfSectionType type)
    {
        int found = -1;
        foreach (ElfSection section in _sections)
        {
            if (section.Type == type)
            {
                found = found < 0 ? section.Index : throw Complaint(section, 0, $"this is a second table of type {type} beside section {found}; only one is allowed");
            }
        }

        return found;
    }

    private ElfSymbol[] ReadSymbols(ElfSection table)
    {
        int count = CheckTable(table, SymbolSize, "symbols");
        if (table.Link >= (uint)_sections.Length || _sections[table.Link] is not { Type: ElfSectionType.StringTable } strings)
        {
            throw Complaint(table, 0, $"the symbols' names are said to be in section {table.Link}, which is no string table");
        }

        RefuseCompressed(strings);
        ElfNames names = new(strings.Data, Shown(strings));
        ElfSection? indices = FindExtendedIndices(table, count);
        SpanReader extended = indices is null ? default : Reader(indices);
        SpanReader reader = Reader(table);
        var symbols = new ElfSymbol[count];
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            string symbolName = names.Get(reader.ReadUInt32());
            byte info = reader.ReadByte();
            byte other = reader.ReadByte();
            ushort shortIndex = reader.ReadUInt16();
            ulong value = reader.ReadUInt64();
            ulong size = reader.ReadUInt64();
            uint longIndex = indices is null ? 0 : extended.ReadUInt32();
            (ElfSymbolPlacement placement, uint index) = shortIndex switch
            {
                0 => (ElfSymbolPlacement.Undefined, 0u),
                AbsoluteIndex => (ElfSymbolPlacement.Absolute, 0u),
                CommonIndex => (ElfSymbolPlacement.Common, 0u),
                ExtendedIndex when indices is null => throw Complaint(table, start, $"symbol {i} ('{symbolName}') has its section index in a table of extended indices, which the file does not have"),
                ExtendedIndex => (ElfSymbolPlacement.Section, longIndex),
                >= ReservedIndices => (ElfSymbolPlacement.Reserved, 0u),
                _ => (ElfSymbolPlacement.Section, shortIndex),
            };
            if (placement == ElfSymbolPlacement.Section && index >= (uint)_sections.Length)
            {
                throw Complaint(table, start, $"symbol {i} ('{symbolName}') is said to be in section {index}, but there are only {_sections.Length} sections");
            }

            symbols[i] = new ElfSymbol(i, symbolName, value, size, info, other, placement, placement == ElfSymbolPlacement.Section ? (int)index : -1);
        }

        return symbols;
    }

    private ElfSection? FindExtendedIndices(ElfSection symbolTable, int symbolCount)
    {
        foreach (ElfSection section in _sections)
        {
            if (section.Type == ElfSectionType.SymbolTableIndices && section.Link == (uint)symbolTable.Index)
            {
                RefuseCompressed(section);
                return (ulong)section.Data.Length >= (ulong)symbolCount * 4
                    ? section
                    : throw Complaint(section, 0, $"the extended section indices of {symbolCount} symbols do not fit into 0x{section.Data.Length:x} bytes");
            }
        }

        return null;
    }

    private void ReadRelocations(ElfSection section, int symbolTable, ElfSymbol[] symbols, Dictionary<int, List<ElfRelocation>> relocations)
    {
        bool withAddend = section.Type == ElfSectionType.RelocationWithAddend;
        int count = CheckTable(section, withAddend ? RelocationWithAddendSize : RelocationSize, "relocations");
        if (section.Info == 0 || section.Info >= (uint)_sections.Length)
        {
            throw Complaint(section, 0, $"the relocations are said to be for section {section.Info}, which does not exist");
        }

        if (symbolTable < 0 || section.Link != (uint)symbolTable)
        {
            throw Complaint(section, 0, $"the relocations' symbols are said to be in section {section.Link}, which is no symbol table");
        }

        int target = (int)section.Info;
        if (!relocations.TryGetValue(target, out List<ElfRelocation>? list))
        {
            relocations.Add(target, list = new List<ElfRelocation>(count));
        }

        SpanReader reader = Reader(section);
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            ulong offset = reader.ReadUInt64();
            ulong info = reader.ReadUInt64();
            long? addend = withAddend ? reader.ReadInt64() : null;
            uint symbol = (uint)(info >> 32);
            if (symbol >= (uint)symbols.Length)
            {
                throw Complaint(section, start, $"relocation {i} is for symbol {symbol}, but there are only {symbols.Length} symbols");
            }

            list.Add(new ElfRelocation(offset, symbols[symbol], (uint)info, addend));
        }
    }

    private static int CheckTable(ElfSection table, int entrySize, string what)
    {
        RefuseCompressed(table);
        if (table.EntrySize != (ulong)entrySize)
        {
            throw Complaint(table, 0, $"{what} are said to take {table.EntrySize} bytes each; {entrySize} were expected");
        }

        return table.Data.Length % entrySize == 0
            ? table.Data.Length / entrySize
            : throw Complaint(table, table.Data.Length, $"the size of 0x{table.Data.Length:x} bytes is no multiple of {entrySize}");
    }

    private static void RefuseCompressed(ElfSection section)
    {
        if (section.Has(ElfSectionFlags.Compressed))
        {
            throw Complaint(section, 0, "the section is compressed, which only debugging sections may be");
        }
    }

    private SpanReader Reader(ElfSection section) => new(section.Data.Span, _bigEndian, Shown(section));

    private static BpfObjectFormatException Complaint(ElfSection section, long offset, string problem) => new(problem, Shown(section), offset);

    private static string Shown(ElfSection section) => section.Name.Length == 0 ? $"section {section.Index}" : section.Name;
}
