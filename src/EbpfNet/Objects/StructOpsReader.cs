using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads the kernel structs of functions that the object implements: variables in <c>.struct_ops</c> and <c>.struct_ops.link</c>, whose pointers lead to programs.</summary>
internal sealed class StructOpsReader(ObjectSections sections, BpfObjectSpec spec, DataSectionLayoutReader layouts)
{
    private readonly List<(ElfSection Section, BpfMapSpec Map)> _maps = [];

    public void Read()
    {
        foreach (ElfSection section in sections.Elf.Sections)
        {
            string name = section.Name.StartsWith('?') ? section.Name[1..] : section.Name;
            if (section is { Type: ElfSectionType.ProgramBits, Size: not 0 } && name is ObjectNames.StructOps or ObjectNames.StructOpsLink)
            {
                BtfSpec btf = spec.Btf ?? throw new BpfObjectFormatException("the section defines structs of functions, which can be understood only with BTF, and the object has none; compile it with -g", section.Name, 0);
                DataSectionLayout layout = layouts.Find(section.Name)
                    ?? throw new BpfObjectFormatException("the section defines structs of functions, but .BTF does not describe it", section.Name, 0);
                ReadOnlyMemory<byte> data = ObjectSections.Contents(section);
                foreach (BtfSectionEntry entry in layout.Entries)
                {
                    ReadMap(btf, section, entry, data, isLink: name == ObjectNames.StructOpsLink);
                }
            }
        }
    }

    /// <summary>Reads which programs the structs refer to.</summary>
    public void ReadPrograms(ProgramReader programs)
    {
        foreach (ElfSection section in _maps.Select(item => item.Section).Distinct())
        {
            foreach (ElfRelocation relocation in sections.Elf.GetRelocations(section))
            {
                Connect(section, relocation, programs);
            }
        }
    }

    private void ReadMap(BtfSpec btf, ElfSection section, BtfSectionEntry entry, ReadOnlyMemory<byte> data, bool isLink)
    {
        BtfVariable variable = btf.Get<BtfVariable>(entry.Variable);
        if (btf[btf.SkipModifiers(variable.Type)] is not BtfStruct { Name.Length: > 0 } type)
        {
            throw Complaint(section, entry.Offset, $"'{variable.Name}' is of type '{btf.Describe(variable.Type)}', but only structs that have a name can be the kernel's");
        }

        if (entry.Offset > (uint)data.Length || type.Size > (uint)data.Length - entry.Offset)
        {
            throw Complaint(section, entry.Offset, $"'{variable.Name}' (0x{type.Size:x} bytes) reaches beyond the end of the section (0x{data.Length:x} bytes)");
        }

        BpfMapSpec map = new(variable.Name, BpfMapType.StructOps, sizeof(int), (int)type.Size, 1)
        {
            Flags = isLink ? BpfMapFlags.Link : BpfMapFlags.None,
            AutoCreate = !section.Name.StartsWith('?'),
            Origin = (section.Index, entry.Offset),
        };
        map.SetContents(data.Slice((int)entry.Offset, (int)type.Size));
        map.StructOps = new BpfStructOpsSpec(map, type.Name, type.Id, [.. type.Members.Select(member => ReadMember(btf, section, map, type, member))]);
        if (!spec.Maps.TryAdd(map.Name, map) || !sections.MapsByPlace.TryAdd((section.Index, entry.Offset), map))
        {
            throw Complaint(section, entry.Offset, $"there is a second map named '{map.Name}', or at its place");
        }

        _maps.Add((section, map));
    }

    private static BpfStructOpsMember ReadMember(BtfSpec btf, ElfSection section, BpfMapSpec map, BtfStruct type, BtfMember member)
    {
        // The whole of a bit field's type need not be within the struct.
        bool hasSize = btf.TrySizeOf(member.Type, out uint size);
        if (!hasSize || member.ByteOffset > type.Size || (!member.IsBitfield && size > type.Size - member.ByteOffset))
        {
            throw Complaint(section, (long)map.Origin.Offset, $"member '{member.Name}' of 'struct {type.Name}' is not within the struct, which has {type.Size} bytes");
        }

        bool isFunction = btf[btf.SkipModifiers(member.Type)] is BtfPointer pointer && btf.GetKind(btf.SkipModifiers(pointer.Target)) == BtfKind.FunctionPrototype;
        return new BpfStructOpsMember(map, member, (int)Math.Min(size, type.Size - member.ByteOffset), isFunction);
    }

    private void Connect(ElfSection section, ElfRelocation relocation, ProgramReader programs)
    {
        ElfSymbol symbol = relocation.Symbol;
        long place = (long)Math.Min(relocation.Offset, long.MaxValue);
        BpfMapSpec map = _maps.Find(item => item.Section == section && relocation.Offset >= item.Map.Origin.Offset && relocation.Offset - item.Map.Origin.Offset < (ulong)item.Map.ValueSize).Map
            ?? throw Complaint(section, place, $"a reference to '{symbol.Name}' stands where no struct is");
        ulong offset = relocation.Offset - map.Origin.Offset;
        if (!map.StructOps!.TryFind(offset, out BpfStructOpsMember? member) || !member.IsFunction)
        {
            throw Complaint(section, place, $"a reference to '{symbol.Name}' stands in '{map.Name}' at 0x{offset:x}, where 'struct {map.StructOps.TypeName}' has no pointer to a function");
        }

        BpfProgramSpec program = programs.FindProgram(symbol, sections.ReadAddend(section, relocation.Offset))
            ?? throw Complaint(section, place, $"member '{member.Name}' of '{map.Name}' refers to '{symbol.Name}', which is not one of the object's programs");
        if (program.Type != BpfProgramType.StructOps)
        {
            throw Complaint(section, place, $"member '{member.Name}' of '{map.Name}' refers to {program}, but only programs of section 'struct_ops' implement functions of the kernel's structs");
        }

        map.GetContents().AsSpan(member.Offset, member.Size).Clear();
        member.Declare(program);
    }

    private static BpfObjectFormatException Complaint(ElfSection section, long offset, string problem) => new(problem, section.Name, offset);
}
