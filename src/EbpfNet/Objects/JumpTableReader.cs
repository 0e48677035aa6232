using System.Collections.Immutable;
using EbpfNet.Buffers;
using EbpfNet.Elf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>Reads tables of jump targets (section <c>.jumptables</c>): 8 bytes for each target, its distance in bytes from the start of its function's section.</summary>
internal static class JumpTableReader
{
    private const int EntrySize = 8;

    /// <summary>The table that an instruction of a function refers to, or why there is none.</summary>
    /// <param name="sections">The object.</param>
    /// <param name="function">The function, which all targets are in.</param>
    /// <param name="slot">The instruction.</param>
    /// <param name="symbol">The symbol referred to: the table, or its section.</param>
    /// <param name="place">The place referred to.</param>
    public static BpfRelocation Read(ObjectSections sections, BpfFunction function, int slot, ElfSymbol symbol, ulong place)
    {
        ElfSection section = sections.Elf.Sections[symbol.SectionIndex];
        string name = symbol.Name.Length == 0 ? section.Name : symbol.Name;
        ulong? size = sections.SymbolsIn(section).FirstOrDefault(table => table.Type == ElfSymbolType.Object && table.Value == place)?.Size;
        ReadOnlyMemory<byte> data = ObjectSections.Contents(section);
        if (size is not { } length || length == 0 || length % EntrySize != 0 || place % EntrySize != 0 || place > (ulong)data.Length || length > (ulong)data.Length - place)
        {
            return new ImpossibleReference(slot, name, $"no table of jump targets, of {EntrySize} bytes each, is at byte 0x{place:x} of section {section.Name} (0x{data.Length:x} bytes)");
        }

        SpanReader reader = new(data.Span.Slice((int)place, (int)length), sections.Elf.IsBigEndian, section.Name);
        ImmutableArray<int>.Builder targets = ImmutableArray.CreateBuilder<int>((int)length / EntrySize);
        while (reader.Remaining > 0)
        {
            ulong value = reader.ReadUInt64();
            ulong start = (ulong)function.SectionSlot * BpfInstruction.Size;
            if (value % BpfInstruction.Size != 0 || value < start || (value - start) / BpfInstruction.Size >= (ulong)function.Instructions.Length)
            {
                return new ImpossibleReference(slot, name, $"the table of jump targets leads to byte 0x{value:x} of section {function.SectionName}, where the function '{function.Name}' has no instruction");
            }

            targets.Add((int)((value - start) / BpfInstruction.Size));
        }

        return new JumpTableReference(slot, place, targets.MoveToImmutable());
    }
}
