using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>The functions of an executable file or library, by where they are in the file: where it is loaded does not matter then.</summary>
internal sealed class FileSymbols
{
    /// <summary>A file without a name for anything.</summary>
    public static readonly FileSymbols None = new([], SymbolIndex<string>.Create([]), "");

    private readonly ElfSection[] _code;
    private readonly SymbolIndex<string> _functions;

    private FileSymbols(ElfSection[] code, SymbolIndex<string> functions, string buildId)
    {
        _code = code;
        _functions = functions;
        BuildId = buildId;
    }

    /// <summary>The linker's number for these contents, in hexadecimal; empty when there is none.</summary>
    public string BuildId { get; }

    /// <summary>Reads a file, of which nothing is expected: what is no ELF file, or a damaged one, has no symbols.</summary>
    public static FileSymbols Parse(ReadOnlyMemory<byte> image)
    {
        try
        {
            ElfFile elf = ElfFile.Parse(image);
            ElfSection[] code = [.. elf.Sections.Where(section => section.Type != ElfSectionType.NoBits && section.Has(ElfSectionFlags.Executable) && section.Has(ElfSectionFlags.Allocate))];
            var executable = code.Select(section => section.Index).ToHashSet();
            return new FileSymbols(
                code,
                SymbolIndex<string>.Create(elf.Symbols.Concat(elf.DynamicSymbols)
                    .Where(symbol => symbol.Name.Length > 0 && executable.Contains(symbol.SectionIndex) && symbol.Type is ElfSymbolType.Function or ElfSymbolType.IndirectFunction or ElfSymbolType.None)
                    .Select(symbol => (symbol.Value, symbol.Size, RankOf(symbol), symbol.Name))),
                DebugFile.BuildIdOf(elf));
        }
        catch (BpfObjectFormatException)
        {
            return None;
        }
    }

    /// <summary>The function that a byte of the file belongs to.</summary>
    public bool TryFind(ulong fileOffset, out string name, out ulong offset)
    {
        foreach (ElfSection section in _code)
        {
            if (fileOffset >= section.Offset && fileOffset - section.Offset < section.Size)
            {
                return _functions.TryFind(unchecked(section.Address + (fileOffset - section.Offset)), out name, out offset);
            }
        }

        (name, offset) = ("", 0);
        return false;
    }

    /// <summary>Several names for one function: functions with a size before marks, plain names before those with underscores, visible ones before others.</summary>
    private static int RankOf(ElfSymbol symbol) =>
        (symbol.Type == ElfSymbolType.None || symbol.Size == 0 ? 0 : 4) + (symbol.Name[0] == '_' ? 0 : 2) + (symbol.Binding == ElfSymbolBinding.Local ? 0 : 1);
}
