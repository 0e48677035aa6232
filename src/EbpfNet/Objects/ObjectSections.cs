using EbpfNet.Buffers;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>The ELF file as the readers of its parts look at it: sections by name and use, symbols by name and section.</summary>
internal sealed class ObjectSections
{
    private readonly Dictionary<string, ElfSymbol> _variables = new(StringComparer.Ordinal);
    private readonly List<ElfSymbol>?[] _symbols;

    public ObjectSections(ElfFile elf)
    {
        Elf = elf;
        _symbols = new List<ElfSymbol>?[elf.Sections.Count];
        foreach (ElfSymbol symbol in elf.Symbols)
        {
            if (symbol.Placement != ElfSymbolPlacement.Section)
            {
                continue;
            }

            (_symbols[symbol.SectionIndex] ??= []).Add(symbol);
            if (symbol.Type == ElfSymbolType.Object && symbol.Binding is ElfSymbolBinding.Global or ElfSymbolBinding.Weak)
            {
                _variables.TryAdd(symbol.Name, symbol);
            }
        }
    }

    public ElfFile Elf { get; }

    /// <summary>The maps that a symbol's place can stand for, by section index and offset.</summary>
    public Dictionary<(int Section, ulong Offset), BpfMapSpec> MapsByPlace { get; } = [];

    /// <summary>The maps that hold a section of global data, by section index.</summary>
    public Dictionary<int, BpfMapSpec> DataMaps { get; } = [];

    public IReadOnlyList<ElfSymbol> SymbolsIn(ElfSection section) => _symbols[section.Index] ?? [];

    /// <summary>The symbol of a global or weak variable, wherever it is.</summary>
    public ElfSymbol? FindVariable(string name) => _variables.GetValueOrDefault(name);

    /// <summary>A section that is not known by its flags, by name; its bytes must be in the file.</summary>
    public ElfSection? Find(string name)
    {
        ElfSection? section = Elf.FindSection(name);
        return section is null or { Type: ElfSectionType.ProgramBits }
            ? section
            : throw new BpfObjectFormatException($"the section is of type {section.Type}; {ElfSectionType.ProgramBits} was expected", name, 0);
    }

    public static ReadOnlyMemory<byte> Contents(ElfSection section) =>
        !section.Has(ElfSectionFlags.Compressed)
            ? section.Data
            : throw new BpfObjectFormatException("the section is compressed, which only debugging sections may be", section.Name, 0);

    /// <summary>What is added to a symbol whose address is written into data: it stands there. It is 0 but for symbols of sections, which static functions are reached by.</summary>
    public ulong ReadAddend(ElfSection section, ulong offset)
    {
        SpanReader reader = new SpanReader(Contents(section).Span, Elf.IsBigEndian, section.Name).Slice(offset, sizeof(ulong), "a pointer");
        return reader.ReadUInt64();
    }

    public static bool IsCode(ElfSection section) => section.Type == ElfSectionType.ProgramBits && section.Has(ElfSectionFlags.Executable);

    /// <summary>Whether the section holds global data, and so becomes a map.</summary>
    public static bool IsData(ElfSection section) => section.Type switch
    {
        ElfSectionType.ProgramBits => !section.Has(ElfSectionFlags.Executable) && (IsNamed(section, ".data") || IsConstantData(section)),
        ElfSectionType.NoBits => IsNamed(section, ".bss"),
        _ => false,
    };

    public static bool IsConstantData(ElfSection section) => IsNamed(section, ".rodata");

    private static bool IsNamed(ElfSection section, string name) =>
        section.Name.StartsWith(name, StringComparison.Ordinal) && (section.Name.Length == name.Length || section.Name[name.Length] == '.');
}
