namespace EbpfNet.Elf;

/// <summary>
/// A parsed 64-bit ELF file: its sections, symbols and, for relocatable objects, relocations. Nothing in it is particular to BPF.
/// </summary>
/// <remarks>Sections are views of the bytes given to <see cref="Parse"/>, not copies: do not change those while the file is in use.</remarks>
public sealed class ElfFile
{
    private readonly Dictionary<int, List<ElfRelocation>> _relocations;

    internal ElfFile(
        string? name,
        bool isBigEndian,
        ElfFileType type,
        ElfMachine machine,
        ElfSection[] sections,
        ElfSymbol[] symbols,
        ElfSymbol[] dynamicSymbols,
        Dictionary<int, List<ElfRelocation>> relocations)
    {
        Name = name;
        IsBigEndian = isBigEndian;
        Type = type;
        Machine = machine;
        Sections = sections;
        Symbols = symbols;
        DynamicSymbols = dynamicSymbols;
        _relocations = relocations;
    }

    /// <summary>The name given to <see cref="Parse"/>, for messages.</summary>
    public string? Name { get; }

    /// <summary>Whether the file's numbers are big-endian.</summary>
    public bool IsBigEndian { get; }

    /// <summary>What the file is for.</summary>
    public ElfFileType Type { get; }

    /// <summary>The architecture that the file is for.</summary>
    public ElfMachine Machine { get; }

    /// <summary>All sections in the order of the section table, the unused first one included, so that section indices are list indices.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>The symbols of <c>.symtab</c> in its order, the unused first one included; empty when the file has none.</summary>
    public IReadOnlyList<ElfSymbol> Symbols { get; }

    /// <summary>The symbols of <c>.dynsym</c> in its order, the unused first one included; empty when the file has none.</summary>
    public IReadOnlyList<ElfSymbol> DynamicSymbols { get; }

    /// <summary>Parses an ELF file.</summary>
    /// <param name="image">The whole file. It is kept, not copied.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="BpfObjectFormatException">The bytes are no ELF file, are not 64-bit, are cut off or contradict themselves; it names the section and the offset.</exception>
    public static ElfFile Parse(ReadOnlyMemory<byte> image, string? name = null)
    {
        try
        {
            return new ElfParser(image, name).Parse();
        }
        catch (BpfObjectFormatException e) when (name is not null)
        {
            throw e.WithObjectName(name);
        }
    }

    /// <summary>The first section of that name, or <see langword="null"/>.</summary>
    /// <param name="name">The name, compared byte for byte.</param>
    public ElfSection? FindSection(string name)
    {
        foreach (ElfSection section in Sections)
        {
            if (section.Name == name)
            {
                return section;
            }
        }

        return null;
    }

    /// <summary>
    /// The relocations to be applied to a section of a relocatable object, in file order; empty when there are none.
    /// In other types of file relocations are the dynamic linker's matter and are not read.
    /// </summary>
    /// <param name="section">The section to which they apply.</param>
    public IReadOnlyList<ElfRelocation> GetRelocations(ElfSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return _relocations.TryGetValue(section.Index, out List<ElfRelocation>? list) ? list : [];
    }
}
