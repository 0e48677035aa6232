using EbpfNet.Elf;

namespace EbpfNet.Tests.Elf;

public class ElfFileTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parse_reads_sections_symbols_and_relocations_in_either_byte_order(bool bigEndian)
    {
        ElfImage image = new(bigEndian);
        int text = image.AddSection("xdp", new byte[16], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Executable);
        int bss = image.AddSection(".bss", [], ElfSectionType.NoBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write);
        image[bss].Size = 0x1_0000_0000;
        int function = image.AddSymbol("main", text, value: 8, size: 8, type: ElfSymbolType.Function);
        int variable = image.AddSymbol("counter", bss, value: 0x10, size: 4, binding: ElfSymbolBinding.Weak, visibility: ElfSymbolVisibility.Hidden);
        int elsewhere = image.AddSymbol("elsewhere", 0, type: ElfSymbolType.None);
        image.AddRelocation(text, 8, variable, 1);
        image.AddRelocation(text, 0, elsewhere, 10);

        ElfFile file = ElfFile.Parse(image.Build(), "test.o");

        Assert.Equal("test.o", file.Name);
        Assert.Equal(bigEndian, file.IsBigEndian);
        Assert.Equal(ElfFileType.Relocatable, file.Type);
        Assert.Equal(ElfMachine.Bpf, file.Machine);
        Assert.Equal(["", "xdp", ".bss", ".symtab", ".strtab", ".relxdp", ".shstrtab"], file.Sections.Select(s => s.Name));
        Assert.Equal(16, file.Sections[text].Data.Length);
        Assert.True(file.Sections[text].Has(ElfSectionFlags.Executable));
        Assert.Equal(0x1_0000_0000ul, file.Sections[bss].Size);
        Assert.True(file.Sections[bss].Data.IsEmpty);
        Assert.Same(file.Sections[text], file.FindSection("xdp"));
        Assert.Null(file.FindSection("tc"));

        ElfSymbol main = file.Symbols[function];
        Assert.Equal(("main", 8ul, 8ul, text), (main.Name, main.Value, main.Size, main.SectionIndex));
        Assert.Equal((ElfSymbolType.Function, ElfSymbolBinding.Global, ElfSymbolVisibility.Default), (main.Type, main.Binding, main.Visibility));
        Assert.Equal((ElfSymbolBinding.Weak, ElfSymbolVisibility.Hidden), (file.Symbols[variable].Binding, file.Symbols[variable].Visibility));
        Assert.True(file.Symbols[elsewhere].IsUndefined);
        Assert.Equal(-1, file.Symbols[elsewhere].SectionIndex);

        Assert.Equal(
            [new ElfRelocation(8, file.Symbols[variable], 1, null), new ElfRelocation(0, file.Symbols[elsewhere], 10, null)],
            file.GetRelocations(file.Sections[text]));
        Assert.Empty(file.GetRelocations(file.Sections[bss]));
    }

    [Fact]
    public void Parse_reads_relocations_with_addends()
    {
        ElfImage image = new();
        int text = image.AddSection("xdp", new byte[16]);
        image[text].RelocationsHaveAddends = true;
        image.AddRelocation(text, 8, image.AddSymbol("x", 0), 1, addend: -8);

        ElfFile file = ElfFile.Parse(image.Build());

        Assert.Equal(-8, Assert.Single(file.GetRelocations(file.Sections[text])).Addend);
    }

    [Fact]
    public void Parse_reads_special_placements_of_symbols()
    {
        ElfImage image = new();
        int absolute = image.AddSymbol("a", 0xfff1);
        int common = image.AddSymbol("c", 0xfff2);
        int reserved = image.AddSymbol("r", 0xff01);

        ElfFile file = ElfFile.Parse(image.Build());

        Assert.Equal(ElfSymbolPlacement.Absolute, file.Symbols[absolute].Placement);
        Assert.Equal(ElfSymbolPlacement.Common, file.Symbols[common].Placement);
        Assert.Equal(ElfSymbolPlacement.Reserved, file.Symbols[reserved].Placement);
    }

    [Fact]
    public void Parse_reads_section_numbers_that_are_kept_in_the_first_section_header()
    {
        ElfImage image = new() { ExtendedNumbering = true, ExtendedSymbolIndices = true };
        int text = image.AddSection("xdp", new byte[16]);
        int symbol = image.AddSymbol("main", text);

        ElfFile file = ElfFile.Parse(image.Build());

        Assert.Equal("xdp", file.Sections[text].Name);
        Assert.Equal(text, file.Symbols[symbol].SectionIndex);
    }

    [Fact]
    public void Parse_accepts_a_file_without_sections()
    {
        byte[] header = new ElfImage().Build()[..64];
        header.AsSpan(0x28, 8).Clear();

        Assert.Empty(ElfFile.Parse(header).Sections);
    }

    [Fact]
    public void Parse_leaves_the_relocations_of_shared_libraries_alone()
    {
        ElfImage image = new() { Type = ElfFileType.Shared };
        int text = image.AddSection(".text", new byte[16]);
        image.AddRelocation(text, 0, image.AddSymbol("x", 0), 1);

        ElfFile file = ElfFile.Parse(image.Build());

        Assert.Empty(file.GetRelocations(file.Sections[text]));
    }

    [SkippableFact]
    public void Parse_reads_a_shared_library_of_this_machine()
    {
        // The runtime's own native library is there wherever these tests run on Linux.
        string path = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so");
        Skip.IfNot(File.Exists(path), "no libSystem.Native.so beside the framework");

        ElfFile file = ElfFile.Parse(File.ReadAllBytes(path), path);

        Assert.Equal(ElfFileType.Shared, file.Type);
        Assert.Contains(file.DynamicSymbols, s => s.Name == "SystemNative_Read" && s.Type == ElfSymbolType.Function);
    }
}
