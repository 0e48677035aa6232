namespace EbpfNet.Elf;

/// <summary>An entry of an ELF symbol table (<c>Elf64_Sym</c>).</summary>
public sealed class ElfSymbol
{
    internal ElfSymbol(int index, string name, ulong value, ulong size, byte info, byte other, ElfSymbolPlacement placement, int sectionIndex)
    {
        Index = index;
        Name = name;
        Value = value;
        Size = size;
        Binding = (ElfSymbolBinding)(info >> 4);
        Type = (ElfSymbolType)(info & 0xf);
        Visibility = (ElfSymbolVisibility)(other & 3);
        Placement = placement;
        SectionIndex = sectionIndex;
    }

    /// <summary>The symbol's place in its table.</summary>
    public int Index { get; }

    /// <summary>The symbol's name, empty when it has none (section symbols).</summary>
    public string Name { get; }

    /// <summary>The value (<c>st_value</c>): in a relocatable object the byte offset within its section, else an address.</summary>
    public ulong Value { get; }

    /// <summary>The size in bytes (<c>st_size</c>), 0 when it is not known. Nothing has checked it against the section.</summary>
    public ulong Size { get; }

    /// <summary>How the symbol takes part in linking.</summary>
    public ElfSymbolBinding Binding { get; }

    /// <summary>What the symbol names.</summary>
    public ElfSymbolType Type { get; }

    /// <summary>Who can see the symbol.</summary>
    public ElfSymbolVisibility Visibility { get; }

    /// <summary>Where the named thing is.</summary>
    public ElfSymbolPlacement Placement { get; }

    /// <summary>The index of the section that the named thing is in; -1 unless <see cref="Placement"/> is <see cref="ElfSymbolPlacement.Section"/>.</summary>
    public int SectionIndex { get; }

    /// <summary>Whether the thing is in another file.</summary>
    public bool IsUndefined => Placement == ElfSymbolPlacement.Undefined;

    /// <inheritdoc/>
    public override string ToString() => $"[{Index}] {Name} ({Binding} {Type}, value 0x{Value:x}, 0x{Size:x} bytes)";
}
