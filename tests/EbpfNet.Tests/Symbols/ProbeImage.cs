using System.Buffers.Binary;
using System.Text;
using EbpfNet.Elf;
using EbpfNet.Tests.Elf;

namespace EbpfNet.Tests.Symbols;

/// <summary>Writes small programs to be probed: sections, symbols, and program headers that load the file's first half as code at one address, and all of it as data at another.</summary>
internal sealed class ProbeImage
{
    public const ulong Code = 0x400000;
    public const ulong Data = 0x800000;
    public const int CodeLength = 0x1000;

    private readonly ElfImage _image = new() { Type = ElfFileType.Shared, Machine = ElfMachine.X64 };
    private readonly int _text;

    public ProbeImage()
    {
        _text = _image.AddSection(".text", new byte[CodeLength], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Executable);
        _image[_text].Address = Code;
    }

    public ElfMachine Machine
    {
        set => _image.Machine = value;
    }

    public ProbeImage AddFunction(string name, ulong offset, ElfSymbolBinding binding = ElfSymbolBinding.Global, ElfSymbolType type = ElfSymbolType.Function)
    {
        _image.AddSymbol(name, _text, Code + offset, 16, type, binding);
        return this;
    }

    /// <summary>Adds functions with versions as libraries have them: a table of their own, versions by number beside it, the versions' names.</summary>
    public ProbeImage AddVersions(params (string Name, ulong Offset, string? Version, bool IsDefault)[] functions)
    {
        var strings = new MemoryStream();
        strings.WriteByte(0);
        var symbols = new MemoryStream();
        symbols.Write(new byte[24]);
        var numbers = new MemoryStream();
        numbers.Write(new byte[2]);
        string[] versions = [.. functions.Select(function => function.Version).OfType<string>().Distinct()];
        foreach ((string name, ulong offset, string? version, bool isDefault) in functions)
        {
            byte[] symbol = new byte[24];
            BinaryPrimitives.WriteUInt32LittleEndian(symbol, AddString(strings, name));
            symbol[4] = ((int)ElfSymbolBinding.Global << 4) | (int)ElfSymbolType.Function;
            BinaryPrimitives.WriteUInt16LittleEndian(symbol.AsSpan(6), (ushort)_text);
            BinaryPrimitives.WriteUInt64LittleEndian(symbol.AsSpan(8), Code + offset);
            symbols.Write(symbol);
            int number = version is null ? 1 : Array.IndexOf(versions, version) + 2;
            numbers.Write([(byte)number, (byte)(isDefault ? 0 : 0x80)]);
        }

        var definitions = new MemoryStream();
        for (int i = 0; i < versions.Length; i++)
        {
            byte[] definition = new byte[28];
            BinaryPrimitives.WriteUInt16LittleEndian(definition, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(definition.AsSpan(4), (ushort)(i + 2));
            BinaryPrimitives.WriteUInt16LittleEndian(definition.AsSpan(6), 1);
            BinaryPrimitives.WriteUInt32LittleEndian(definition.AsSpan(12), 20);
            BinaryPrimitives.WriteUInt32LittleEndian(definition.AsSpan(16), i + 1 < versions.Length ? 28u : 0);
            BinaryPrimitives.WriteUInt32LittleEndian(definition.AsSpan(20), AddString(strings, versions[i]));
            definitions.Write(definition);
        }

        int table = _image.AddSection(".dynstr", strings.ToArray(), ElfSectionType.StringTable);
        int dynamic = _image.AddSection(".dynsym", symbols.ToArray(), ElfSectionType.DynamicSymbolTable);
        (_image[dynamic].Link, _image[dynamic].EntrySize) = ((uint)table, 24);
        _image.AddSection(".gnu.version", numbers.ToArray(), (ElfSectionType)0x6fffffff);
        int names = _image.AddSection(".gnu.version_d", definitions.ToArray(), (ElfSectionType)0x6ffffffd);
        _image[names].Link = (uint)table;
        return this;
    }

    /// <summary>Adds a note of a USDT probe.</summary>
    public ProbeImage AddProbe(string provider, string name, ulong address, ulong baseAddress, ulong semaphore, string arguments)
    {
        var content = new MemoryStream();
        Span<byte> number = stackalloc byte[8];
        foreach (ulong value in new[] { address, baseAddress, semaphore })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            content.Write(number);
        }

        content.Write(Encoding.UTF8.GetBytes($"{provider}\0{name}\0{arguments}\0"));
        return AddNote(".note.stapsdt", "stapsdt", 3, content.ToArray());
    }

    public ProbeImage AddNote(string section, string name, uint type, byte[] content)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name + '\0');
        var note = new MemoryStream();
        Span<byte> number = stackalloc byte[4];
        foreach (uint value in new[] { (uint)nameBytes.Length, (uint)content.Length, type })
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, value);
            note.Write(number);
        }

        note.Write(nameBytes);
        note.Write(new byte[(4 - (nameBytes.Length % 4)) % 4]);
        note.Write(content);
        note.Write(new byte[(4 - (content.Length % 4)) % 4]);
        _image.AddSection(section, note.ToArray(), ElfSectionType.Note, default);
        return this;
    }

    public ProbeImage AddSection(string name, byte[] data, ulong address = 0)
    {
        int section = _image.AddSection(name, data);
        _image[section].Address = address;
        return this;
    }

    public byte[] Build()
    {
        byte[] file = _image.Build();
        int table = (file.Length + 7) & ~7;
        byte[] image = new byte[table + (2 * 56)];
        file.CopyTo(image, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(0x20), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x36), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x38), 2);
        WriteSegment(image.AsSpan(table), flags: 5, offset: 64, Code, CodeLength);
        WriteSegment(image.AsSpan(table + 56), flags: 6, offset: 0, Data, (ulong)image.Length);
        return image;
    }

    private static void WriteSegment(Span<byte> header, uint flags, ulong offset, ulong address, ulong length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], length);
    }

    private static uint AddString(MemoryStream strings, string text)
    {
        uint at = (uint)strings.Length;
        strings.Write(Encoding.UTF8.GetBytes(text + '\0'));
        return at;
    }
}
