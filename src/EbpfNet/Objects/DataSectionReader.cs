using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads global data: each section becomes a map of one element, each visible symbol in it a variable.</summary>
internal sealed class DataSectionReader(ObjectSections sections, BpfObjectSpec spec, DataSectionLayoutReader layouts)
{
    public void Read()
    {
        foreach (ElfSection section in sections.Elf.Sections)
        {
            // Compilers emit empty sections by habit, and the kernel has no maps of empty values.
            if (ObjectSections.IsData(section) && section.Size != 0)
            {
                ReadSection(section);
            }
        }

        if (sections.Find(ObjectNames.ArenaData) is { Size: not 0 } arenaData)
        {
            ReadArenaData(arenaData);
        }
    }

    /// <summary>Variables of address space 1 are in the arena, which the object has to define.</summary>
    private void ReadArenaData(ElfSection section)
    {
        BpfMapSpec[] arenas = [.. spec.Maps.Where(map => map.Type == BpfMapType.Arena)];
        if (arenas is not [{ } arena])
        {
            string problem = arenas.Length == 0
                ? "the section holds variables that are in an arena, but the object defines no map of type BPF_MAP_TYPE_ARENA for them"
                : $"the section holds variables that are in an arena, but the object defines several: {string.Join(", ", arenas.Select(map => map.Name))}";
            throw new BpfObjectFormatException(problem, section.Name, 0);
        }

        arena.SetContents(ObjectSections.Contents(section));
        sections.DataMaps.Add(section.Index, arena);
        ReadVariables(section, arena, layouts.Find(section.Name));
    }

    private void ReadSection(ElfSection section)
    {
        if (section.Size > int.MaxValue)
        {
            throw new BpfObjectFormatException($"the section has 0x{section.Size:x} bytes; the kernel's limit is 0x{int.MaxValue:x}", section.Name, 0);
        }

        DataSectionLayout? layout = layouts.Find(section.Name);
        bool isConstant = ObjectSections.IsConstantData(section);
        BpfMapSpec map = new(section.Name, BpfMapType.Array, 4, (int)section.Size, 1)
        {
            KernelName = ObjectNames.DataMap(spec.Name, section.Name),
            IsDataSection = true,
            IsFrozen = isConstant,
            Flags = isConstant ? BpfMapFlags.ReadOnlyProgram : BpfMapFlags.None,
            ValueTypeId = layout?.Section,
            Origin = (section.Index, 0),
        };
        ReadOnlyMemory<byte> contents = ObjectSections.Contents(section);
        if (!contents.IsEmpty)
        {
            map.InitialValue = contents;
        }

        // Memory that nobody can name is not worth mapping: sections of strings and constants have no global variables.
        if (layout is not null && HasVisibleVariable(layout))
        {
            map.Flags |= BpfMapFlags.Mmapable;
        }

        if (!spec.Maps.TryAdd(map.Name, map))
        {
            throw new BpfObjectFormatException($"there is a second map or data section named '{map.Name}'", section.Name, 0);
        }

        sections.DataMaps.Add(section.Index, map);
        ReadVariables(section, map, layout);
    }

    private bool HasVisibleVariable(DataSectionLayout layout)
    {
        foreach (BtfSectionEntry entry in layout.Entries)
        {
            if (spec.Btf!.Get<BtfVariable>(entry.Variable).Linkage != BtfVariableLinkage.Static && !layout.HiddenVariables.Contains(entry.Variable))
            {
                return true;
            }
        }

        return false;
    }

    private void ReadVariables(ElfSection section, BpfMapSpec map, DataSectionLayout? layout)
    {
        Dictionary<string, BtfTypeId> types = new(StringComparer.Ordinal);
        foreach (BtfSectionEntry entry in layout?.Entries ?? [])
        {
            BtfVariable variable = spec.Btf!.Get<BtfVariable>(entry.Variable);
            if (variable.Linkage == BtfVariableLinkage.Global)
            {
                types.TryAdd(variable.Name, variable.Type);
            }
        }

        foreach (ElfSymbol symbol in sections.SymbolsIn(section).Where(IsVisible).OrderBy(symbol => symbol.Value))
        {
            if (symbol.Value > section.Size || symbol.Size > section.Size - symbol.Value)
            {
                throw new BpfObjectFormatException(
                    $"the variable '{symbol.Name}' (0x{symbol.Size:x} bytes at 0x{symbol.Value:x}) reaches beyond the end of the section (0x{section.Size:x} bytes)",
                    section.Name,
                    (long)Math.Min(symbol.Value, long.MaxValue));
            }

            BtfTypeId? type = types.TryGetValue(symbol.Name, out BtfTypeId found) ? found : null;
            if (!spec.Variables.TryAdd(symbol.Name, new BpfVariableSpec(symbol.Name, map, (int)symbol.Value, (int)symbol.Size, type, section.Name)))
            {
                throw new BpfObjectFormatException($"there is a second variable named '{symbol.Name}'", section.Name, (long)symbol.Value);
            }
        }
    }

    private static bool IsVisible(ElfSymbol symbol) =>
        symbol is
        {
            Type: ElfSymbolType.Object,
            Binding: ElfSymbolBinding.Global or ElfSymbolBinding.Weak,
            Visibility: ElfSymbolVisibility.Default or ElfSymbolVisibility.Protected,
            Size: not 0,
        }
        && symbol.Name.Length != 0
        && symbol.Name[0] != '.';
}
