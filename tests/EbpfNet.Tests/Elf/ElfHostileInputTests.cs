using EbpfNet.Elf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Elf;

public class ElfHostileInputTests
{
    [Fact]
    public void Parse_refuses_what_is_no_elf_file()
    {
        BpfObjectFormatException e = Refusal("#!/bin/sh\nexit 0\n"u8.ToArray());

        Assert.Equal(("ELF header", 0L, "hostile.o"), (e.Section, e.Offset!.Value, e.ObjectName));
        Assert.Contains("no ELF file", e.Message, StringComparison.Ordinal);
        Assert.Equal("ELF header", Refusal([]).Section);
    }

    [Theory]
    [InlineData(4, 1, "64-bit")]
    [InlineData(5, 3, "byte order")]
    [InlineData(6, 9, "version")]
    [InlineData(0x3a, 40, "section headers are said to take 40 bytes")]
    [InlineData(0x3e, 0x77, "section 119 is said to hold the section names")]
    public void Parse_refuses_a_spoilt_header_and_names_the_byte(int offset, byte value, string problem)
    {
        byte[] bytes = new ElfImage().Build();
        bytes[offset] = value;

        BpfObjectFormatException e = Refusal(bytes);

        Assert.Equal(("ELF header", (long)offset), (e.Section, e.Offset!.Value));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_a_file_cut_off_within_the_header()
    {
        BpfObjectFormatException e = Refusal(new ElfImage().Build()[..40]);

        Assert.Equal(("ELF header", 40L), (e.Section, e.Offset!.Value));
    }

    [Fact]
    public void Parse_refuses_a_file_cut_off_before_its_section_table()
    {
        byte[] bytes = WithRelocation().Build();

        BpfObjectFormatException e = Refusal(bytes[..80]);

        Assert.Equal(("ELF header", 0x28L), (e.Section, e.Offset!.Value));
        Assert.Equal("section header table", Refusal(bytes[..^1]).Section);
    }

    [Fact]
    public void Parse_refuses_a_section_that_reaches_beyond_the_file()
    {
        ElfImage image = new();
        int text = image.AddSection("xdp", new byte[16]);
        image[text].Size = ulong.MaxValue - 8;

        Assert.Equal("xdp", Refusal(image.Build()).Section);
    }

    [Fact]
    public void Parse_refuses_a_section_count_that_the_file_cannot_hold()
    {
        ElfImage image = new() { ExtendedNumbering = true };
        image.Spoil = s => s.Size = s.Name.Length == 0 && s.Type == ElfSectionType.Null ? 1ul << 32 : s.Size;

        BpfObjectFormatException e = Refusal(image.Build());

        Assert.Contains("4294967296 section headers", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_names_outside_the_string_table()
    {
        ElfImage image = new();
        image.Spoil = s => s.NameOffset = s.Name == ".strtab" ? 1u << 20 : null;
        Assert.Equal("section name table", Refusal(image.Build()).Section);

        ElfImage symbols = new();
        int symbol = symbols.AddSymbol("abc", 0);
        symbols.Symbol(symbol).NameOffset = 1; // The table is just the leading NUL, so this is its length.
        Assert.Equal(".strtab", Refusal(symbols.Build()).Section);
    }

    [Fact]
    public void Parse_refuses_a_string_table_without_a_final_nul()
    {
        ElfImage image = new();
        image.AddSymbol("abc", 0);
        image.Spoil = s => s.Data = s.Name == ".strtab" ? s.Data[..^1] : s.Data;

        Assert.Equal(".strtab", Refusal(image.Build()).Section);
    }

    [Theory]
    [InlineData(".symtab", 16)]
    [InlineData(".relxdp", 15)]
    [InlineData(".relxdp", 0)]
    [InlineData(".relxdp", 24)]
    public void Parse_refuses_tables_of_odd_entry_sizes(string section, int entrySize)
    {
        ElfImage image = WithRelocation();
        image.Spoil = s => s.EntrySize = s.Name == section ? (ulong)entrySize : s.EntrySize;

        BpfObjectFormatException e = Refusal(image.Build());

        Assert.Equal(section, e.Section);
        Assert.Contains($"{entrySize} bytes each", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".symtab")]
    [InlineData(".strtab")]
    [InlineData(".relxdp")]
    public void Parse_refuses_compressed_tables(string section)
    {
        ElfImage image = WithRelocation();
        image.Spoil = s => s.Flags |= s.Name == section ? ElfSectionFlags.Compressed : 0;

        BpfObjectFormatException e = Refusal(image.Build());

        Assert.Equal(section, e.Section);
        Assert.Contains("compressed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_relocations_without_a_symbol_table()
    {
        ElfImage image = WithRelocation();
        image.WithSymbolTable = false;

        Assert.Equal(".relxdp", Refusal(image.Build()).Section);
    }

    [Fact]
    public void Parse_refuses_relocations_for_missing_symbols_and_sections()
    {
        ElfImage image = new();
        int text = image.AddSection("xdp", new byte[16]);
        image.AddRelocation(text, 0, 7, 1);
        Assert.Contains("symbol 7", Refusal(image.Build()).Message, StringComparison.Ordinal);

        image = WithRelocation();
        image.Spoil = s => s.Info = s.Name == ".relxdp" ? 99 : s.Info;
        Assert.Contains("section 99", Refusal(image.Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_symbols_in_missing_sections()
    {
        ElfImage image = new();
        image.AddSymbol("lost", 0x1234);

        BpfObjectFormatException e = Refusal(image.Build());

        Assert.Equal(".symtab", e.Section);
        Assert.Equal(24, e.Offset);
        Assert.Contains("'lost'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_an_extended_symbol_index_without_its_table()
    {
        ElfImage image = new();
        image.AddSymbol("x", 0xffff);

        Assert.Equal(".symtab", Refusal(image.Build()).Section);
    }

    [Fact]
    public void Parse_refuses_a_second_symbol_table()
    {
        ElfImage image = new();
        image.AddSection("other", [], ElfSectionType.SymbolTable);

        Assert.Contains("second table", Refusal(image.Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_does_not_let_sections_multiply_the_file()
    {
        ElfImage image = new();
        for (int i = 0; i < 100; i++)
        {
            image[image.AddSection("same", new byte[64])].Offset = 0;
            image[i + 1].Size = 4096;
        }

        Assert.Contains("overlap", Refusal(image.Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_does_not_let_names_multiply_the_string_table()
    {
        ElfImage image = new();
        image.AddSymbol(new string('x', 20_000), 0);
        for (uint i = 2; i < 1000; i++)
        {
            image.Symbol(image.AddSymbol("", 0)).NameOffset = i;
        }

        Assert.Equal(".strtab", Refusal(image.Build()).Section);
    }

    [Fact]
    public void Damaged_files_parse_or_are_refused_as_malformed()
    {
        byte[] big = WithRelocation(new ElfImage(bigEndian: true)).Build();
        byte[] extended = WithRelocation(new ElfImage { ExtendedNumbering = true, ExtendedSymbolIndices = true }).Build();

        Prop.ForAll(Damage.Of(WithRelocation().Build(), big, extended), bytes =>
        {
            try
            {
                ElfFile.Parse(bytes);
            }
            catch (BpfObjectFormatException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    private static ElfImage WithRelocation(ElfImage? image = null)
    {
        image ??= new ElfImage();
        int text = image.AddSection("xdp", new byte[16]);
        image.AddRelocation(text, 0, image.AddSymbol("x", text), 1);
        return image;
    }

    private static BpfObjectFormatException Refusal(byte[] bytes) =>
        Assert.Throws<BpfObjectFormatException>(() => ElfFile.Parse(bytes, "hostile.o"));
}
