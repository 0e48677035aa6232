using System.Collections.Immutable;
using EbpfNet.Elf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>
/// Reads what the instructions of a section refer to. A reference that makes no sense is recorded, not refused: it is the matter of the
/// programs that make it.
/// </summary>
internal sealed class RelocationReader(ObjectSections sections, ExternReader externs, Dictionary<(int Section, int Slot), BpfFunction> functions)
{
    /// <summary><c>R_BPF_NONE</c>: nothing to do.</summary>
    private const uint NoRelocation = 0;

    private readonly JumpTableReader _jumpTables = new(sections);

    private readonly record struct SlotRelocation(int Slot, ElfRelocation Relocation);

    public void Read(ElfSection section, int slotCount, List<BpfFunction> sectionFunctions)
    {
        SlotRelocation[] relocations = ReadTable(section, slotCount);
        foreach (BpfFunction function in sectionFunctions)
        {
            function.Relocations = ReadFunction(function, relocations);
        }
    }

    private SlotRelocation[] ReadTable(ElfSection section, int slotCount)
    {
        List<SlotRelocation> table = [];
        foreach (ElfRelocation relocation in sections.Elf.GetRelocations(section))
        {
            if (relocation.Type == NoRelocation)
            {
                continue;
            }

            if (relocation.Offset % BpfInstruction.Size != 0 || relocation.Offset / BpfInstruction.Size >= (ulong)slotCount)
            {
                throw Complaint(section, relocation, $"a relocation for '{Describe(relocation.Symbol)}' is at 0x{relocation.Offset:x}, where the section (0x{section.Size:x} bytes) has no instruction");
            }

            if (relocation.Addend is not null)
            {
                throw Complaint(section, relocation, "BPF relocations keep their addend in the instruction (SHT_REL), but this one has its own (SHT_RELA)");
            }

            table.Add(new SlotRelocation((int)(relocation.Offset / BpfInstruction.Size), relocation));
        }

        table.Sort((left, right) => left.Slot.CompareTo(right.Slot));
        for (int i = 1; i < table.Count; i++)
        {
            if (table[i].Slot == table[i - 1].Slot)
            {
                throw Complaint(section, table[i].Relocation, $"the instruction has two relocations, for '{Describe(table[i - 1].Relocation.Symbol)}' and for '{Describe(table[i].Relocation.Symbol)}'");
            }
        }

        return [.. table];
    }

    private ImmutableArray<BpfRelocation> ReadFunction(BpfFunction function, SlotRelocation[] table)
    {
        ReadOnlySpan<BpfInstruction> code = function.Instructions.Span;
        ImmutableArray<BpfRelocation>.Builder result = ImmutableArray.CreateBuilder<BpfRelocation>();
        int next = FirstFrom(table, function.SectionSlot);
        for (int slot = 0; slot < code.Length; slot++)
        {
            BpfInstruction instruction = code[slot];
            BpfInstruction second = default;
            bool hasRelocation = next < table.Length && table[next].Slot == function.SectionSlot + slot;
            if (instruction.IsLoadImm64)
            {
                if (slot + 1 == code.Length)
                {
                    throw new BpfObjectFormatException(
                        $"the function '{function.Name}' ends within a 64-bit load, which takes two slots", function.SectionName, (long)(function.SectionSlot + slot) * BpfInstruction.Size);
                }

                second = code[slot + 1];
            }

            if (hasRelocation)
            {
                result.Add(Resolve(function, slot, instruction, second, table[next].Relocation.Symbol));
                next++;
            }
            else if (instruction.IsFunctionCall)
            {
                // Within a section, compilers know the distance and leave no relocation.
                result.Add(ResolveCall(function, slot, function.Section, function.SectionSlot + slot + 1L + instruction.Immediate, "the function called"));
            }

            if (instruction.IsLoadImm64)
            {
                slot++;
                if (next < table.Length && table[next].Slot == function.SectionSlot + slot)
                {
                    result.Add(new ImpossibleReference(slot - 1, Describe(table[next].Relocation.Symbol), "the relocation is for the second half of a 64-bit load"));
                    next++;
                }
            }
        }

        return result.DrainToImmutable();
    }

    private static int FirstFrom(SlotRelocation[] table, int slot)
    {
        (int low, int high) = (0, table.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = table[middle].Slot < slot ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private BpfRelocation Resolve(BpfFunction function, int slot, BpfInstruction instruction, BpfInstruction second, ElfSymbol symbol)
    {
        string name = Describe(symbol);
        bool isCall = instruction.Opcode == BpfOpcode.Call;
        if (!isCall && !instruction.IsLoadImm64)
        {
            return new ImpossibleReference(slot, name, $"only calls and 64-bit loads can refer to symbols, but the instruction has opcode {instruction.Opcode}");
        }

        if (isCall && !instruction.IsFunctionCall)
        {
            return new ImpossibleReference(slot, name, "the instruction calls a helper by number, so it cannot refer to a symbol");
        }

        switch (symbol.Placement)
        {
            case ElfSymbolPlacement.Undefined when externs.Find(symbol) is { } found:
                return new ExternReference(slot, found, isCall);
            case ElfSymbolPlacement.Section:
                break;
            default:
                return new ImpossibleReference(slot, name, $"the symbol has no place in the object ({symbol.Placement.ToString().ToLowerInvariant()}); if it is a global variable, give it an initial value");
        }

        return isCall
            ? ResolveCallOf(function, slot, instruction, symbol)
            : ResolveLoad(function, slot, instruction.ReadImm64(second), symbol);
    }

    private BpfRelocation ResolveCallOf(BpfFunction function, int slot, BpfInstruction instruction, ElfSymbol symbol)
    {
        if (symbol.Value % BpfInstruction.Size != 0 || symbol.Value / BpfInstruction.Size > int.MaxValue)
        {
            return new ImpossibleReference(slot, Describe(symbol), $"the symbol's value 0x{symbol.Value:x} is not the place of an instruction");
        }

        // Calls of symbols hold -1, those relative to a section the distance from its second slot: one formula serves both.
        return ResolveCall(function, slot, symbol.SectionIndex, (long)(symbol.Value / BpfInstruction.Size) + instruction.Immediate + 1L, Describe(symbol));
    }

    private BpfRelocation ResolveCall(BpfFunction function, int slot, int section, long target, string name)
    {
        if (target is >= 0 and <= int.MaxValue && functions.TryGetValue((section, (int)target), out BpfFunction? callee))
        {
            return new FunctionCall(slot, callee);
        }

        // A function may call itself, or one that an alias has made overlap it, only at its start.
        return new ImpossibleReference(slot, name, $"no function starts at instruction {target} of section {sections.Elf.Sections[section].Name}, which '{function.Name}' calls");
    }

    private BpfRelocation ResolveLoad(BpfFunction function, int slot, ulong addend, ElfSymbol symbol)
    {
        ElfSection section = sections.Elf.Sections[symbol.SectionIndex];
        ulong place = unchecked(symbol.Value + addend);
        if (ObjectSections.IsCode(section))
        {
            return place % BpfInstruction.Size == 0 && place / BpfInstruction.Size <= int.MaxValue
                && functions.TryGetValue((section.Index, (int)(place / BpfInstruction.Size)), out BpfFunction? callback)
                    ? new FunctionAddress(slot, callback)
                    : new ImpossibleReference(slot, Describe(symbol), $"no function starts at byte 0x{place:x} of section {section.Name}, whose address is taken");
        }

        if (section is { Name: ObjectNames.JumpTables, Type: ElfSectionType.ProgramBits })
        {
            return _jumpTables.Read(function, slot, symbol, place);
        }

        if (sections.DataMaps.TryGetValue(section.Index, out BpfMapSpec? data))
        {
            // The kernel takes 32 bits; a pointer to before the start wraps around, and the verifier refuses it.
            return new MapValueReference(slot, data, unchecked((uint)place));
        }

        return sections.MapsByPlace.TryGetValue((section.Index, place), out BpfMapSpec? map)
            ? new MapReference(slot, map)
            : new ImpossibleReference(slot, Describe(symbol), section.Name switch
            {
                ObjectNames.BtfMaps when sections.Elf.FindSection(".BTF") is null => "the map is defined in section .maps, which can be understood only with BTF, and the object has none; compile it with -g",
                ObjectNames.BtfMaps or ObjectNames.LegacyMaps => $"no map starts at byte 0x{place:x} of section {section.Name}; maps must not be static",
                _ when section.Size == 0 => $"it is in section {section.Name}, which is empty",
                _ => $"it is in section {section.Name}, which holds neither code, nor maps, nor global data (.rodata, .data, .bss, or names that go on after one of these and a dot)",
            });
    }

    private string Describe(ElfSymbol symbol) =>
        symbol.Name.Length != 0 ? symbol.Name
        : symbol.Placement == ElfSymbolPlacement.Section ? sections.Elf.Sections[symbol.SectionIndex].Name
        : $"symbol {symbol.Index}";

    private static BpfObjectFormatException Complaint(ElfSection section, ElfRelocation relocation, string problem) =>
        new(problem, section.Name, (long)Math.Min(relocation.Offset, long.MaxValue));
}
