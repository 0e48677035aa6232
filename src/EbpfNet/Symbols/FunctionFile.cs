using EbpfNet.Elf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program or library whose functions are probed: their names, from its tables and those of its separate debug file, and where they are in the file.</summary>
internal sealed class FunctionFile
{
    private const long LongestFile = int.MaxValue - 1024;

    private readonly ElfSegments _segments;

    private FunctionFile(string path, ElfFile elf, ElfSegments segments, IReadOnlyList<FileFunction> functions) =>
        (Path, Elf, _segments, Functions) = (path, elf, segments, functions);

    public string Path { get; }

    public ElfFile Elf { get; }

    /// <summary>All functions, in no order; the same may be there several times.</summary>
    public IReadOnlyList<FileFunction> Functions { get; }

    /// <summary>Reads a file, and its debug file where there is one.</summary>
    /// <exception cref="BpfSyscallException">There is no such file, or it may not be read.</exception>
    /// <exception cref="BpfObjectFormatException">It is no ELF file, or a damaged one.</exception>
    public static FunctionFile Read(string path)
    {
        byte[] image = PathDescriptor.TryReadFile(path, LongestFile) ?? throw Unreadable(path);
        return Parse(image, path, DebugFile.FindFor(path));
    }

    /// <param name="image">The file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="findDebugFile">Finds the file that its debug symbols were moved to.</param>
    public static FunctionFile Parse(ReadOnlyMemory<byte> image, string path, Func<ElfFile, ElfFile?>? findDebugFile = null)
    {
        ElfFile elf = ElfFile.Parse(image, path);
        try
        {
            ElfSegments segments = ElfSegments.Read(image.Span, elf.IsBigEndian);
            ElfSymbolVersions versions = ElfSymbolVersions.Read(elf);
            var functions = new List<FileFunction>();
            Add(functions, elf.DynamicSymbols, versions);
            Add(functions, elf.Symbols, null);
            if (IsStripped(elf) && findDebugFile?.Invoke(elf) is { } debug)
            {
                Add(functions, debug.Symbols, null);
            }

            return new FunctionFile(path, elf, segments, functions);
        }
        catch (BpfObjectFormatException e)
        {
            throw e.WithObjectName(path);
        }
    }

    /// <summary>Whether a file has no table for debuggers, or only the first symbol of one, which every table has.</summary>
    public static bool IsStripped(ElfFile elf) => elf.Symbols.Count <= 1;

    /// <summary>The place in the file of an address of code.</summary>
    public ulong? ToFileOffset(ulong address) => _segments.ToFileOffset(address, code: true);

    /// <summary>The place in the file of an address of data.</summary>
    public ulong? ToDataOffset(ulong address) => _segments.ToFileOffset(address, code: false);

    /// <summary>The address of a place in the file.</summary>
    public ulong? ToAddress(ulong fileOffset) => _segments.ToAddress(fileOffset);

    private static void Add(List<FileFunction> functions, IReadOnlyList<ElfSymbol> symbols, ElfSymbolVersions? versions)
    {
        foreach (ElfSymbol symbol in symbols)
        {
            if (symbol is { Placement: ElfSymbolPlacement.Section, Type: ElfSymbolType.Function or ElfSymbolType.IndirectFunction, Name.Length: > 0 })
            {
                (string name, string? version, bool isDefault) = FileFunction.ParseName(symbol.Name);
                if (versions is not null)
                {
                    (version, isDefault) = versions.Of(symbol.Index);
                }

                functions.Add(new FileFunction(name, version, isDefault, symbol.Binding, symbol.Type == ElfSymbolType.IndirectFunction, symbol.Value));
            }
        }
    }

    private static BpfException Unreadable(string path)
    {
        BpfErrno error = !File.Exists(path) ? Directory.Exists(path) ? BpfErrno.EINVAL : BpfErrno.ENOENT : BpfErrno.EACCES;
        return SyscallErrors.Create(error, "open", $"read the functions of '{path}'", error switch
        {
            BpfErrno.ENOENT => "There is no such file",
            BpfErrno.EINVAL => "It is a folder",
            _ => "The permissions of the file, or of a folder above it, keep this process out, or it is empty",
        });
    }
}
