using EbpfNet.Abi;
using EbpfNet.Buffers;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads the maps of objects from before BTF: variables of <c>struct bpf_map_def</c> in section <c>maps</c>.</summary>
internal sealed class LegacyMapReader(ObjectSections sections, BpfObjectSpec spec)
{
    private const int DefinitionSize = 20;

    public void Read()
    {
        if (sections.Find(ObjectNames.LegacyMaps) is not { } section)
        {
            return;
        }

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
            ReadMap(section, data.Span, symbol, (uint)stride);
        }
    }

    private void ReadMap(ElfSection section, ReadOnlySpan<byte> data, ElfSymbol symbol, uint stride)
    {
        SpanReader reader = new SpanReader(data, sections.Elf.IsBigEndian, section.Name).Slice(symbol.Value, stride, $"the definition of map '{symbol.Name}'");
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

        ReadOnlySpan<byte> rest = reader.ReadBytes((ulong)reader.Remaining);
        if (rest.ContainsAnyExcept((byte)0))
        {
            throw reader.ErrorAt(DefinitionSize, $"map '{symbol.Name}': the definition goes on beyond map_flags with values that are not zero and whose meaning is not known; define the map in section .maps");
        }

        BpfMapSpec map = new(symbol.Name, type, (int)keySize, (int)valueSize, maxEntries) { Flags = flags, Origin = (section.Index, symbol.Value) };
        if (!spec.Maps.TryAdd(map.Name, map) || !sections.MapsByPlace.TryAdd((section.Index, symbol.Value), map))
        {
            throw reader.ErrorAt(0, $"there is a second map named '{symbol.Name}', or at its place");
        }
    }
}
