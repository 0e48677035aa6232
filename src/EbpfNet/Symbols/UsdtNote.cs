using EbpfNet.Buffers;
using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>A USDT probe in one place of a program or library, as its note describes it (<c>.note.stapsdt</c>, version 3).</summary>
/// <param name="Provider">Who offers it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">The address of its instruction, as the file's symbols have addresses.</param>
/// <param name="Semaphore">The address of the counter of those who watch, 0 for none.</param>
/// <param name="Arguments">Where its arguments are.</param>
internal readonly record struct UsdtNote(string Provider, string Name, ulong Address, ulong Semaphore, string Arguments)
{
    private const string Section = ".note.stapsdt";
    private const string BaseSection = ".stapsdt.base";
    private const uint Version3 = 3;

    /// <summary>All probes of a file, in its order.</summary>
    /// <exception cref="BpfObjectFormatException">A note is cut off.</exception>
    public static List<UsdtNote> Read(ElfFile file)
    {
        ulong? actualBase = file.FindSection(BaseSection)?.Address;
        var probes = new List<UsdtNote>();
        foreach (ElfNote note in ElfNotes.Read(file, Section))
        {
            if (note is { Name: "stapsdt", Type: Version3 })
            {
                probes.Add(Parse(note.Content, file.IsBigEndian, actualBase));
            }
        }

        return probes;
    }

    private static UsdtNote Parse(ReadOnlyMemory<byte> content, bool isBigEndian, ulong? actualBase)
    {
        var reader = new SpanReader(content.Span, isBigEndian, Section);
        ulong address = reader.ReadUInt64();
        ulong intendedBase = reader.ReadUInt64();
        ulong semaphore = reader.ReadUInt64();

        // prelink moves a library without mending its notes: how far, this section tells.
        ulong moved = actualBase is { } now && intendedBase != 0 ? unchecked(now - intendedBase) : 0;
        var strings = new StringTable(content, Section);
        uint at = (uint)reader.Position;
        string provider = Next(strings, ref at);
        string name = Next(strings, ref at);
        return new UsdtNote(provider, name, unchecked(address + moved), semaphore == 0 ? 0 : unchecked(semaphore + moved), Next(strings, ref at));
    }

    private static string Next(StringTable strings, ref uint at)
    {
        string text = strings.GetString(at);
        at += (uint)strings.GetBytes(at).Length + 1;
        return text;
    }
}
