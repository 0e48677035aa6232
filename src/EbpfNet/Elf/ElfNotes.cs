using System.Text;
using EbpfNet.Buffers;

namespace EbpfNet.Elf;

/// <summary>A note of an ELF file.</summary>
/// <param name="Name">Who has made it.</param>
/// <param name="Type">What it is, as whoever has made it numbers that.</param>
/// <param name="Content">Its bytes.</param>
internal readonly record struct ElfNote(string Name, uint Type, ReadOnlyMemory<byte> Content);

/// <summary>Reads sections of notes.</summary>
internal static class ElfNotes
{
    private const uint Alignment = 4;

    /// <summary>The notes of all sections of a name.</summary>
    /// <exception cref="BpfObjectFormatException">A note reaches beyond its section.</exception>
    public static List<ElfNote> Read(ElfFile file, string sectionName)
    {
        var notes = new List<ElfNote>();
        foreach (ElfSection section in file.Sections)
        {
            if (section.Type == ElfSectionType.Note && section.Name == sectionName)
            {
                Read(section, file.IsBigEndian, notes);
            }
        }

        return notes;
    }

    private static void Read(ElfSection section, bool isBigEndian, List<ElfNote> notes)
    {
        var reader = new SpanReader(section.Data.Span, isBigEndian, section.Name);
        while (reader.Remaining > 0)
        {
            uint nameSize = reader.ReadUInt32();
            uint size = reader.ReadUInt32();
            uint type = reader.ReadUInt32();
            string name = Encoding.UTF8.GetString(reader.ReadBytes(nameSize).TrimEnd((byte)0));
            Align(ref reader);
            int start = reader.Position;
            reader.Skip(size);
            notes.Add(new ElfNote(name, type, section.Data.Slice(start, (int)size)));
            Align(ref reader);
        }
    }

    /// <summary>The last note need not be filled up.</summary>
    private static void Align(ref SpanReader reader) =>
        reader.Skip(Math.Min((ulong)reader.Remaining, (Alignment - ((uint)reader.Position % Alignment)) % Alignment));
}
