using System.Collections.Immutable;
using EbpfNet.Buffers;
using EbpfNet.Elf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>Reads tables of jump targets (section <c>.jumptables</c>): 8 bytes for each target, its distance in bytes from the start of its function's section.</summary>
internal sealed class JumpTableReader(ObjectSections sections)
{
    private const int EntrySize = 8;

    /// <summary>How often all tables may be read, on average: compilers make one for each function, damaged files any number over the same bytes.</summary>
    private const int SharingLimit = 4;

    private readonly Dictionary<(BpfFunction Function, int Section, ulong Place), BpfRelocation> _known = [];
    private readonly Dictionary<int, Dictionary<ulong, ulong>> _sizes = [];
    private long _entriesRead;

    /// <summary>The table that an instruction of a function refers to, or why there is none.</summary>
    /// <param name="function">The function, which all targets are in.</param>
    /// <param name="slot">The instruction.</param>
    /// <param name="symbol">The symbol referred to: the table, or its section.</param>
    /// <param name="place">The place referred to.</param>
    /// <exception cref="BpfObjectFormatException">The tables overlap, and together are several times as long as the section.</exception>
    public BpfRelocation Read(BpfFunction function, int slot, ElfSymbol symbol, ulong place)
    {
        ElfSection section = sections.Elf.Sections[symbol.SectionIndex];
        if (!_known.TryGetValue((function, section.Index, place), out BpfRelocation? table))
        {
            table = Read(section, function, slot, symbol, place);
            _known.Add((function, section.Index, place), table);
        }

        return table with { Slot = slot };
    }

    private BpfRelocation Read(ElfSection section, BpfFunction function, int slot, ElfSymbol symbol, ulong place)
    {
        string name = symbol.Name.Length == 0 ? section.Name : symbol.Name;
        ReadOnlyMemory<byte> data = ObjectSections.Contents(section);
        if (!SizesIn(section).TryGetValue(place, out ulong length) || length == 0 || length % EntrySize != 0 || place % EntrySize != 0 || place > (ulong)data.Length || length > (ulong)data.Length - place)
        {
            return new ImpossibleReference(slot, name, $"no table of jump targets, of {EntrySize} bytes each, is at byte 0x{place:x} of section {section.Name} (0x{data.Length:x} bytes)");
        }

        _entriesRead += (long)length / EntrySize;
        if (_entriesRead > (long)data.Length / EntrySize * SharingLimit)
        {
            throw new BpfObjectFormatException("the tables up to this one overlap: together they are several times as long as the section", section.Name, (long)place);
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

    /// <summary>How long the table is that starts at a place.</summary>
    private Dictionary<ulong, ulong> SizesIn(ElfSection section)
    {
        if (!_sizes.TryGetValue(section.Index, out Dictionary<ulong, ulong>? sizes))
        {
            _sizes.Add(section.Index, sizes = []);
            foreach (ElfSymbol table in sections.SymbolsIn(section).Where(table => table.Type == ElfSymbolType.Object))
            {
                sizes.TryAdd(table.Value, table.Size);
            }
        }

        return sizes;
    }
}
