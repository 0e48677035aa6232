using EbpfNet.Buffers;

namespace EbpfNet.Elf;

/// <summary>The versions of the functions that a library offers (<c>.gnu.version</c>, <c>.gnu.version_d</c>).</summary>
internal sealed class ElfSymbolVersions
{
    private const ElfSectionType VersionTable = (ElfSectionType)0x6fffffff; // SHT_GNU_versym
    private const ElfSectionType Definitions = (ElfSectionType)0x6ffffffd; // SHT_GNU_verdef
    private const ushort Hidden = 0x8000;
    private const uint RecordSize = 20;
    private const ushort FirstOfLibrary = 2; // 0 and 1 stand for no version.

    private readonly ushort[] _versions;
    private readonly Dictionary<ushort, string> _names;

    private ElfSymbolVersions(ushort[] versions, Dictionary<ushort, string> names) => (_versions, _names) = (versions, names);

    /// <exception cref="BpfObjectFormatException">A table is cut off or contradicts itself.</exception>
    public static ElfSymbolVersions Read(ElfFile file)
    {
        ElfSection? table = file.Sections.FirstOrDefault(section => section.Type == VersionTable);
        ElfSection? definitions = file.Sections.FirstOrDefault(section => section.Type == Definitions);
        if (table is null || definitions is not { Data.IsEmpty: false })
        {
            return new ElfSymbolVersions([], []);
        }

        var reader = new SpanReader(table.Data.Span, file.IsBigEndian, table.Name);
        var versions = new ushort[table.Data.Length / sizeof(ushort)];
        for (int i = 0; i < versions.Length; i++)
        {
            versions[i] = reader.ReadUInt16();
        }

        return new ElfSymbolVersions(versions, ReadNames(file, definitions));
    }

    /// <summary>The version of a symbol of <c>.dynsym</c>, and whether it is the one that is taken when none is asked for.</summary>
    public (string? Version, bool IsDefault) Of(int symbol)
    {
        ushort version = symbol < _versions.Length ? _versions[symbol] : (ushort)0;
        return (version & ~Hidden) >= FirstOfLibrary && _names.TryGetValue((ushort)(version & ~Hidden), out string? name) ? (name, (version & Hidden) == 0) : (null, true);
    }

    private static Dictionary<ushort, string> ReadNames(ElfFile file, ElfSection definitions)
    {
        var reader = new SpanReader(definitions.Data.Span, file.IsBigEndian, definitions.Name);
        if (definitions.Link >= (uint)file.Sections.Count)
        {
            throw reader.ErrorAt(0, $"the versions' names are said to be in section {definitions.Link}, which does not exist");
        }

        var strings = new ElfNames(file.Sections[(int)definitions.Link].Data, file.Sections[(int)definitions.Link].Name);
        var names = new Dictionary<ushort, string>();
        ulong at = 0;
        for (uint next = RecordSize; next != 0; at += next)
        {
            reader.Seek(at);
            reader.Skip(4); // vd_version, vd_flags
            ushort index = reader.ReadUInt16();
            reader.Skip(6); // vd_cnt, vd_hash
            uint first = reader.ReadUInt32();
            next = reader.ReadUInt32();
            if (next is not 0 and < RecordSize)
            {
                throw reader.ErrorAt((long)at, $"the next version is said to follow after {next} bytes; one takes {RecordSize}");
            }

            reader.Seek(at + first);
            names[index] = strings.Get(reader.ReadUInt32()); // The first name is the version's own.
        }

        return names;
    }
}
