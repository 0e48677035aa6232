namespace EbpfNet.Elf;

/// <summary>A section of an ELF file: its header (<c>Elf64_Shdr</c>) and its bytes.</summary>
public sealed class ElfSection
{
    internal ElfSection(int index, string name, in ElfSectionHeader header, ReadOnlyMemory<byte> data)
    {
        Index = index;
        Name = name;
        Type = header.Type;
        Flags = header.Flags;
        Address = header.Address;
        Offset = header.Offset;
        Size = header.Size;
        Link = header.Link;
        Info = header.Info;
        EntrySize = header.EntrySize;
        Data = data;
    }

    /// <summary>The section's place in the section table.</summary>
    public int Index { get; }

    /// <summary>The section's name, empty when it has none. Names need not be unique.</summary>
    public string Name { get; }

    /// <summary>What the section holds (<c>sh_type</c>).</summary>
    public ElfSectionType Type { get; }

    /// <summary>The section's attributes (<c>sh_flags</c>).</summary>
    public ElfSectionFlags Flags { get; }

    /// <summary>The virtual address (<c>sh_addr</c>); 0 in relocatable objects.</summary>
    public ulong Address { get; }

    /// <summary>Where the bytes are in the file (<c>sh_offset</c>), in bytes.</summary>
    public ulong Offset { get; }

    /// <summary>The size in bytes (<c>sh_size</c>), in memory for <see cref="ElfSectionType.NoBits"/>, else in the file.</summary>
    /// <remarks>Of <see cref="ElfSectionType.NoBits"/> sections no file has checked this number: look at it before allocating that much.</remarks>
    public ulong Size { get; }

    /// <summary>The section this one belongs with (<c>sh_link</c>), as its type defines it.</summary>
    public uint Link { get; }

    /// <summary>More about the section (<c>sh_info</c>), as its type defines it.</summary>
    public uint Info { get; }

    /// <summary>The size of one entry in bytes (<c>sh_entsize</c>), 0 when the section is no table.</summary>
    public ulong EntrySize { get; }

    /// <summary>The section's bytes as the file has them; empty for <see cref="ElfSectionType.NoBits"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether all of <paramref name="flags"/> are set.</summary>
    /// <param name="flags">The flags to look for.</param>
    public bool Has(ElfSectionFlags flags) => (Flags & flags) == flags;

    /// <inheritdoc/>
    public override string ToString() => $"[{Index}] {Name} ({Type}, 0x{Size:x} bytes)";
}

/// <summary>A section header as it stands in the file.</summary>
internal readonly record struct ElfSectionHeader(
    uint NameOffset,
    ElfSectionType Type,
    ElfSectionFlags Flags,
    ulong Address,
    ulong Offset,
    ulong Size,
    uint Link,
    uint Info,
    ulong EntrySize);
