using EbpfNet.Abi;
using EbpfNet.Buffers;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads the maps of objects from before BTF: variables of <c>struct bpf_map_def</c>, or iproute2's <c>struct bpf_elf_map</c>, in sections <c>maps</c> and <c>maps/NAME</c>.</summary>
internal sealed class LegacyMapReader(ObjectSections sections, BpfObjectSpec spec)
{
    private const int DefinitionSize = 20;
    private const int Iproute2Size = 36;

    public void Read()
    {
        foreach (ElfSection section in sections.Elf.Sections)
        {
            if (section.Name == ObjectNames.LegacyMaps || section.Name.StartsWith(ObjectNames.LegacyMaps + "/", StringComparison.Ordinal))
            {
                ReadSection(sections.Find(section.Name)!);
            }
        }

        ConnectInnerMaps();
    }

    private void ReadSection(ElfSection section)
    {
        ReadOnlyMemory<byte> data = ObjectSections.Contents(section);
        ElfSymbol[] symbols = [.. sections.SymbolsIn(section).Where(s => s.Type is ElfSymbolType.Object or ElfSymbolType.None && s.Name.Length != 0).OrderBy(s => s.Value)];
        if (symbols.Length == 0)
        {
            return;
        }

        // Loaders of old took definitions of any length, provided that all have the same.
        int stride = data.Length / symbols.Length;
        if (data.Length % symbols.Length != 0 || stride < DefinitionSize)
        {
            throw new BpfObjectFormatException(
                $"{symbols.Length} map definitions of equal size, at least {DefinitionSize} bytes each, were expected in {data.Length} bytes", section.Name, 0);
        }

        foreach (ElfSymbol symbol in symbols)
        {
            ReadMap(section, data, symbol, (uint)stride);
        }
    }

    private void ReadMap(ElfSection section, ReadOnlyMemory<byte> data, ElfSymbol symbol, uint stride)
    {
        SpanReader reader = new SpanReader(data.Span, sections.Elf.IsBigEndian, section.Name).Slice(symbol.Value, stride, $"the definition of map '{symbol.Name}'");
        if (symbol.Binding == ElfSymbolBinding.Local)
        {
            throw reader.ErrorAt(0, $"map '{symbol.Name}': maps must be global variables, but this one is static; remove the word from its definition");
        }

        var type = (BpfMapType)reader.ReadUInt32();
        uint keySize = reader.ReadUInt32();
        uint valueSize = reader.ReadUInt32();
        uint maxEntries = reader.ReadUInt32();
        var flags = (BpfMapFlags)reader.ReadUInt32();
        if (keySize > int.MaxValue || valueSize > int.MaxValue)
        {
            throw reader.ErrorAt(4, $"map '{symbol.Name}': keys of {keySize} and values of {valueSize} bytes are more than any kernel takes");
        }

        BpfMapSpec map = new(symbol.Name, type, (int)keySize, (int)valueSize, maxEntries) { Flags = flags, Origin = (section.Index, symbol.Value) };
        if (stride == Iproute2Size)
        {
            map.Iproute2 = new BpfIproute2Map(reader.ReadUInt32(), (BpfIproute2Pinning)reader.ReadUInt32(), reader.ReadUInt32(), (int)reader.ReadUInt32());
        }
        else
        {
            map.UnknownMembers = data.Slice((int)symbol.Value + DefinitionSize, (int)stride - DefinitionSize);
        }

        if (!spec.Maps.TryAdd(map.Name, map) || !sections.MapsByPlace.TryAdd((section.Index, symbol.Value), map))
        {
            throw reader.ErrorAt(0, $"there is a second map named '{symbol.Name}', or at its place");
        }
    }

    /// <summary>In iproute2's form, a map of maps names the maps in it by a number that those have, too.</summary>
    private void ConnectInnerMaps()
    {
        foreach (BpfMapSpec outer in spec.Maps)
        {
            if (outer is { Iproute2: { InnerId: not 0 } definition, Type: BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps })
            {
                foreach (BpfMapSpec inner in spec.Maps.Where(map => map != outer && map.Iproute2?.Id == definition.InnerId && map.Iproute2.InnerId == 0))
                {
                    outer.InnerMap ??= inner;
                    if (inner.Iproute2!.InnerIndex >= 0)
                    {
                        outer.Slots.Add(new BpfMapSlot((uint)inner.Iproute2.InnerIndex, inner));
                    }
                }
            }
        }
    }
}
