using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads the maps that are defined through BTF: each is a variable in section <c>.maps</c> whose type says everything.</summary>
internal sealed class BtfMapReader(ObjectSections sections, BpfObjectSpec spec, DataSectionLayoutReader layouts)
{
    private const int PointerSize = 8;

    /// <summary>A map's variable: where its initial values stand, when it has any.</summary>
    private readonly record struct Place(BpfMapSpec Map, uint Start, uint End, uint? Values);

    /// <summary>The maps in order of their places.</summary>
    private readonly List<Place> _places = [];

    public void Read()
    {
        // Without BTF nothing says what the maps are. Programs that use none of them can be loaded all the same.
        if (spec.Btf is not { } btf || sections.Find(ObjectNames.BtfMaps) is not { Size: not 0 } section)
        {
            return;
        }

        ObjectSections.Contents(section);
        DataSectionLayout layout = layouts.Find(section.Name)
            ?? throw new BpfObjectFormatException("the section defines maps, but .BTF does not describe it", section.Name, 0);
        foreach (BtfSectionEntry entry in layout.Entries)
        {
            ReadMap(btf, section, entry);
        }
    }

    /// <summary>Reads what map-of-maps and program arrays hold from the start: pointers in the variable, and so relocations.</summary>
    public void ReadSlots(ProgramReader programs)
    {
        if (sections.Elf.FindSection(ObjectNames.BtfMaps) is not { } section || _places.Count == 0)
        {
            return;
        }

        foreach (ElfRelocation relocation in sections.Elf.GetRelocations(section))
        {
            if (FindPlace(relocation.Offset) is not { Values: { } values } place || relocation.Offset < values || (relocation.Offset - values) % PointerSize != 0)
            {
                throw Complaint((long)Math.Min(relocation.Offset, long.MaxValue), $"a reference to '{relocation.Symbol.Name}' stands where no map has initial values");
            }

            uint index = (uint)((relocation.Offset - values) / PointerSize);
            place.Map.Slots.Add(place.Map.Type == BpfMapType.ProgArray
                ? new BpfMapSlot(index, FindProgram(programs, section, place, relocation))
                : new BpfMapSlot(index, FindMap(place, relocation)));
        }
    }

    private void ReadMap(BtfSpec btf, ElfSection section, BtfSectionEntry entry)
    {
        BtfVariable variable = btf.Get<BtfVariable>(entry.Variable);
        BtfMapDefinition definition = new(btf, variable.Name, entry.Offset);
        if (variable.Linkage != BtfVariableLinkage.Global)
        {
            throw definition.Complaint($"maps must be global variables, but this one is {variable.Linkage.ToString().ToLowerInvariant()}; remove the word from its definition");
        }

        uint end = entry.Offset + entry.Size;
        BpfMapSpec map = definition.Read(variable.Type, section.Index, out uint? values);
        uint? start = values + entry.Offset;
        if (start > end)
        {
            throw definition.Complaint($"the definition takes more room than the variable's {entry.Size} bytes");
        }

        if (!spec.Maps.TryAdd(map.Name, map) || !sections.MapsByPlace.TryAdd((section.Index, entry.Offset), map))
        {
            throw definition.Complaint("there is a second map of this name or at this place");
        }

        _places.Add(new Place(map, entry.Offset, end, start));
    }

    private Place? FindPlace(ulong offset)
    {
        (int low, int high) = (0, _places.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _places[middle].Start <= offset ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && offset < _places[low - 1].End ? _places[low - 1] : null;
    }

    private BpfProgramSpec FindProgram(ProgramReader programs, ElfSection section, Place place, ElfRelocation relocation) =>
        programs.FindProgram(relocation.Symbol, sections.ReadAddend(section, relocation.Offset))
        ?? throw Complaint((long)relocation.Offset, $"the program array '{place.Map.Name}' refers to '{relocation.Symbol.Name}', which is not one of the object's programs");

    private BpfMapSpec FindMap(Place place, ElfRelocation relocation) =>
        relocation.Symbol is { Placement: ElfSymbolPlacement.Section } symbol && sections.MapsByPlace.TryGetValue((symbol.SectionIndex, symbol.Value), out BpfMapSpec? map)
            ? map
            : throw Complaint((long)relocation.Offset, $"the map of maps '{place.Map.Name}' refers to '{relocation.Symbol.Name}', which is not one of the object's maps");

    private static BpfObjectFormatException Complaint(long offset, string problem) => new(problem, ObjectNames.BtfMaps, offset);
}
