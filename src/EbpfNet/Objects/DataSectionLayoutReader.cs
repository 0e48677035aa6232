using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>
/// Finds out where the variables of each data section are. Compilers describe them in BTF without size and offset, which the symbol table has;
/// static linkers fill them in, and may be wrong about weak variables: what counts is the symbol, where instructions go.
/// </summary>
internal sealed class DataSectionLayoutReader(ObjectSections sections, BpfObjectSpec spec)
{
    private readonly Dictionary<string, DataSectionLayout> _byName = new(StringComparer.Ordinal);

    public void Read()
    {
        if (spec.Btf is not { } btf)
        {
            return;
        }

        ImmutableArray<DataSectionLayout>.Builder layouts = ImmutableArray.CreateBuilder<DataSectionLayout>();
        for (uint i = btf.FirstId.Value; i < (uint)btf.TypeCount; i++)
        {
            BtfTypeId id = new(i);

            // Externs are not stored in the object: their sections exist in BTF only, and are laid out when the kernel is known.
            if (btf.GetKind(id) == BtfKind.DataSection
                && btf.Get<BtfDataSection>(id) is { Name: not (ObjectNames.KernelOptions or ObjectNames.KernelSymbols) } section
                && sections.Elf.FindSection(section.Name) is { } elfSection)
            {
                DataSectionLayout layout = Complete(btf, section, elfSection);
                layouts.Add(layout);
                _byName.TryAdd(section.Name, layout);
            }
        }

        spec.DataSections = layouts.DrainToImmutable();
    }

    /// <summary>The layout of a section, or null when BTF does not describe it.</summary>
    public DataSectionLayout? Find(string sectionName) => _byName.GetValueOrDefault(sectionName);

    private DataSectionLayout Complete(BtfSpec btf, BtfDataSection section, ElfSection elfSection)
    {
        if (elfSection.Size > uint.MaxValue || (section.Size != 0 && section.Size != elfSection.Size))
        {
            throw Complaint(section, 0, $"the section has 0x{elfSection.Size:x} bytes, but BTF type {section.Id} says 0x{section.Size:x}");
        }

        ImmutableArray<BtfTypeId>.Builder hidden = ImmutableArray.CreateBuilder<BtfTypeId>();
        var entries = new BtfSectionEntry[section.Entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            BtfSectionEntry entry = section.Entries[i];
            BtfVariable variable = btf.Get<BtfVariable>(entry.Variable);
            entries[i] = variable.Linkage == BtfVariableLinkage.Global ? Place(section, elfSection, entry, variable, hidden) : entry;
        }

        return new DataSectionLayout(section.Id, (uint)elfSection.Size, [.. entries.OrderBy(entry => entry.Offset)], hidden.DrainToImmutable());
    }

    private BtfSectionEntry Place(BtfDataSection section, ElfSection elfSection, BtfSectionEntry entry, BtfVariable variable, ImmutableArray<BtfTypeId>.Builder hidden)
    {
        if (sections.FindVariable(variable.Name) is not { } symbol || symbol.SectionIndex != elfSection.Index)
        {
            throw Complaint(section, entry.Offset, $"BTF says that the variable '{variable.Name}' is here, but the symbol table has no such variable in this section");
        }

        // The definition of a map is read where BTF has it.
        if (section.Name == ObjectNames.BtfMaps && entry.Offset != 0 && entry.Offset != symbol.Value)
        {
            throw Complaint(section, entry.Offset, $"BTF has the variable '{variable.Name}' at 0x{entry.Offset:x}, but its symbol is at 0x{symbol.Value:x}");
        }

        if (entry.Size != 0 && symbol.Size != 0 && entry.Size != symbol.Size)
        {
            throw Complaint(section, (long)symbol.Value, $"BTF gives the variable '{variable.Name}' {entry.Size} bytes, but its symbol has {symbol.Size}");
        }

        ulong size = entry.Size != 0 ? entry.Size : symbol.Size;
        if (symbol.Value > elfSection.Size || size > elfSection.Size - symbol.Value)
        {
            throw Complaint(section, (long)symbol.Value, $"the variable '{variable.Name}' (0x{size:x} bytes) reaches beyond the end of the section (0x{elfSection.Size:x} bytes)");
        }

        if (symbol.Visibility is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal)
        {
            hidden.Add(entry.Variable);
        }

        return entry with { Offset = (uint)symbol.Value, Size = (uint)size };
    }

    private static BpfObjectFormatException Complaint(BtfDataSection section, long offset, string problem) => new(problem, section.Name, offset);
}
