using System.Buffers.Binary;
using System.Text;
using EbpfNet.Elf;

namespace EbpfNet.Tests.Elf;

/// <summary>Writes small ELF files, well-formed ones by default, whose every header field a test can then spoil.</summary>
internal sealed class ElfImage
{
    private readonly List<SectionSpec> _sections = [];
    private readonly List<SymbolSpec> _symbols = [];
    private readonly bool _bigEndian;

    public ElfImage(bool bigEndian = false)
    {
        _bigEndian = bigEndian;
        _sections.Add(new SectionSpec { Name = "" });
        _symbols.Add(new SymbolSpec());
    }

    public ElfFileType Type { get; set; } = ElfFileType.Relocatable;

    public ElfMachine Machine { get; set; } = ElfMachine.Bpf;

    public bool WithSymbolTable { get; set; } = true;

    /// <summary>Writes the section count and the name table's index in the unused first section header.</summary>
    public bool ExtendedNumbering { get; set; }

    /// <summary>Gives every symbol its section index through SHT_SYMTAB_SHNDX.</summary>
    public bool ExtendedSymbolIndices { get; set; }

    /// <summary>Called on each section, the generated tables included, just before its header is written.</summary>
    public Action<SectionSpec>? Spoil { get; set; }

    public sealed class SectionSpec
    {
        public string Name { get; set; } = "";

        public uint? NameOffset { get; set; }

        public ElfSectionType Type { get; set; }

        public ElfSectionFlags Flags { get; set; }

        public byte[] Data { get; set; } = [];

        public ulong? Size { get; set; }

        public ulong? Offset { get; set; }

        public ulong Address { get; set; }

        public uint Link { get; set; }

        public uint Info { get; set; }

        public ulong EntrySize { get; set; }

        public List<(ulong Offset, int Symbol, uint Type, long Addend)> Relocations { get; } = [];

        public bool RelocationsHaveAddends { get; set; }
    }

    public sealed class SymbolSpec
    {
        public string Name { get; set; } = "";

        public uint? NameOffset { get; set; }

        public ElfSymbolBinding Binding { get; set; }

        public ElfSymbolType Type { get; set; }

        public ElfSymbolVisibility Visibility { get; set; }

        public ushort Section { get; set; }

        public ulong Value { get; set; }

        public ulong Size { get; set; }
    }

    public int AddSection(string name, byte[] data, ElfSectionType type = ElfSectionType.ProgramBits, ElfSectionFlags flags = ElfSectionFlags.Allocate)
    {
        _sections.Add(new SectionSpec { Name = name, Data = data, Type = type, Flags = flags });
        return _sections.Count - 1;
    }

    public SectionSpec this[int section] => _sections[section];

    public int AddSymbol(
        string name,
        int section,
        ulong value = 0,
        ulong size = 0,
        ElfSymbolType type = ElfSymbolType.Object,
        ElfSymbolBinding binding = ElfSymbolBinding.Global,
        ElfSymbolVisibility visibility = ElfSymbolVisibility.Default)
    {
        _symbols.Add(new SymbolSpec { Name = name, Section = (ushort)section, Value = value, Size = size, Type = type, Binding = binding, Visibility = visibility });
        return _symbols.Count - 1;
    }

    public SymbolSpec Symbol(int index) => _symbols[index];

    public void AddRelocation(int section, ulong offset, int symbol, uint type, long addend = 0) =>
        _sections[section].Relocations.Add((offset, symbol, type, addend));

    public byte[] Build()
    {
        List<SectionSpec> sections = [.. _sections];
        if (WithSymbolTable)
        {
            MemoryStream strings = new();
            MemoryStream symbols = new();
            MemoryStream indices = new();
            strings.WriteByte(0);
            foreach (SymbolSpec symbol in _symbols)
            {
                Write32(symbols, symbol.NameOffset ?? AddName(strings, symbol.Name));
                symbols.WriteByte((byte)(((int)symbol.Binding << 4) | (int)symbol.Type));
                symbols.WriteByte((byte)symbol.Visibility);
                bool extended = ExtendedSymbolIndices && symbol.Section is not 0 and < 0xff00;
                Write16(symbols, extended ? (ushort)0xffff : symbol.Section);
                Write64(symbols, symbol.Value);
                Write64(symbols, symbol.Size);
                Write32(indices, extended ? symbol.Section : 0u);
            }

            int table = sections.Count;
            sections.Add(new SectionSpec { Name = ".symtab", Type = ElfSectionType.SymbolTable, Data = symbols.ToArray(), Link = (uint)table + 1, EntrySize = 24 });
            sections.Add(new SectionSpec { Name = ".strtab", Type = ElfSectionType.StringTable, Data = strings.ToArray() });
            if (ExtendedSymbolIndices)
            {
                sections.Add(new SectionSpec { Name = ".symtab_shndx", Type = ElfSectionType.SymbolTableIndices, Data = indices.ToArray(), Link = (uint)table, EntrySize = 4 });
            }
        }

        int symbolTable = sections.FindIndex(s => s.Type == ElfSectionType.SymbolTable);
        for (int i = 0; i < _sections.Count; i++)
        {
            if (_sections[i].Relocations.Count != 0)
            {
                sections.Add(RelocationSection(_sections[i], i, symbolTable));
            }
        }

        return Write(sections);
    }

    private SectionSpec RelocationSection(SectionSpec target, int index, int symbolTable)
    {
        MemoryStream data = new();
        foreach ((ulong offset, int symbol, uint type, long addend) in target.Relocations)
        {
            Write64(data, offset);
            Write64(data, ((ulong)symbol << 32) | type);
            if (target.RelocationsHaveAddends)
            {
                Write64(data, (ulong)addend);
            }
        }

        return new SectionSpec
        {
            Name = (target.RelocationsHaveAddends ? ".rela" : ".rel") + target.Name,
            Type = target.RelocationsHaveAddends ? ElfSectionType.RelocationWithAddend : ElfSectionType.Relocation,
            Data = data.ToArray(),
            Link = (uint)Math.Max(symbolTable, 0),
            Info = (uint)index,
            EntrySize = target.RelocationsHaveAddends ? 24u : 16u,
        };
    }

    private byte[] Write(List<SectionSpec> sections)
    {
        MemoryStream names = new();
        names.WriteByte(0);
        SectionSpec nameTable = new() { Name = ".shstrtab", Type = ElfSectionType.StringTable };
        sections.Add(nameTable);
        uint[] nameOffsets = [.. sections.Select(s => AddName(names, s.Name))];
        nameTable.Data = names.ToArray();
        if (ExtendedNumbering)
        {
            sections[0].Size = (ulong)sections.Count;
            sections[0].Link = (uint)sections.Count - 1;
        }

        MemoryStream file = new();
        file.Write(new byte[64]);
        List<ulong> offsets = [];
        foreach (SectionSpec section in sections)
        {
            Spoil?.Invoke(section);
            file.Write(new byte[(8 - (file.Length % 8)) % 8]);
            offsets.Add((ulong)file.Length);
            file.Write(section.Data);
        }

        file.Write(new byte[(8 - (file.Length % 8)) % 8]);
        ulong table = (ulong)file.Length;
        for (int i = 0; i < sections.Count; i++)
        {
            SectionSpec section = sections[i];
            Write32(file, section.NameOffset ?? nameOffsets[i]);
            Write32(file, (uint)section.Type);
            Write64(file, (ulong)section.Flags);
            Write64(file, section.Address);
            Write64(file, section.Offset ?? (i == 0 ? 0 : offsets[i]));
            Write64(file, section.Size ?? (ulong)section.Data.Length);
            Write32(file, section.Link);
            Write32(file, section.Info);
            Write64(file, 1);
            Write64(file, section.EntrySize);
        }

        file.Position = 0;
        file.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, (byte)(_bigEndian ? 2 : 1), 1]);
        file.Position = 16;
        Write16(file, (ushort)Type);
        Write16(file, (ushort)Machine);
        Write32(file, 1);
        file.Position = 0x28;
        Write64(file, table);
        file.Position = 0x34;
        Write16(file, 64);
        file.Position = 0x3a;
        Write16(file, 64);
        Write16(file, ExtendedNumbering ? (ushort)0 : (ushort)sections.Count);
        Write16(file, ExtendedNumbering ? (ushort)0xffff : (ushort)(sections.Count - 1));
        return file.ToArray();
    }

    private static uint AddName(MemoryStream table, string name)
    {
        if (name.Length == 0)
        {
            return 0;
        }

        uint offset = (uint)table.Length;
        table.Write(Encoding.UTF8.GetBytes(name));
        table.WriteByte(0);
        return offset;
    }

    private void Write16(MemoryStream stream, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, _bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        stream.Write(bytes);
    }

    private void Write32(MemoryStream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, _bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        stream.Write(bytes);
    }

    private void Write64(MemoryStream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        stream.Write(bytes);
    }
}
