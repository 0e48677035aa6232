using System.Globalization;
using System.Text;
using EbpfNet.Elf;
using EbpfNet.Tests.Elf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Symbols;

public class ProcessSymbolTests
{
    [Theory]
    [InlineData("7f0000001000-7f0000002000 r-xp 00028000 fe:00 1234                       /usr/lib/libc.so.6", true, 0x28000, "/usr/lib/libc.so.6", "/usr/lib/libc.so.6")]
    [InlineData("7f0000001000-7f0000002000 r-xp 00000000 00:00 0 ", true, 0, "", "")]
    [InlineData("7f0000001000-7f0000002000 rw-p 00000000 00:00 0                          [heap]", false, 0, "[heap]", "[heap]")]
    [InlineData("7f0000001000-7f0000002000 r-xp 00001000 00:1a 9  /tmp/my file.so (deleted)", true, 0x1000, "/tmp/my file.so (deleted)", "/tmp/my file.so")]
    [InlineData("7f0000001000-7f0000002000 r-xs 00001000 00:1a 9  /tmp/two\\012lines", true, 0x1000, "/tmp/two\nlines", "/tmp/two\nlines")]
    public void A_line_of_maps_is_a_region(string line, bool isExecutable, int offset, string name, string fileName)
    {
        Assert.True(MemoryRegion.TryParse(Encoding.UTF8.GetBytes(line), out MemoryRegion region));

        Assert.Equal(new MemoryRegion(0x7f0000001000, 0x7f0000002000, (ulong)offset, isExecutable, name), region);
        Assert.Equal((fileName, name != fileName), (region.FileName, region.IsDeleted));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7f0000001000 r-xp 0 0 0")]
    [InlineData("2000-1000 r-xp 0 00:00 0")]
    [InlineData("1000-2000 r-x 0 00:00 0")]
    [InlineData("1000-2000 r-xp 0 00:00")]
    [InlineData("1000-2000 r-xp zz 00:00 0")]
    public void What_is_no_line_of_maps_is_passed_over(string line) => Assert.False(MemoryRegion.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void The_region_of_an_address_is_found() =>
        Prop.ForAll(Gen.Choose(0, 300).ListOf().ToArbitrary(), Gen.Choose(0, 1300).ToArbitrary(), (pages, address) =>
        {
            // Regions of 3 in every place of 4.
            string text = string.Concat(pages.Distinct().Select(page => string.Create(CultureInfo.InvariantCulture, $"{page * 4:x}-{(page * 4) + 3:x} {(page % 5 == 0 ? "rw-p" : "r-xp")} 0 00:00 0 n{page}\n")));
            MemoryRegion[] regions = MemoryRegion.ParseCode(Encoding.UTF8.GetBytes(text));
            bool expected = address % 4 != 3 && pages.Contains(address / 4) && address / 4 % 5 != 0;

            Assert.Equal(expected, MemoryRegion.TryFind(regions, (ulong)address, out MemoryRegion found));
            Assert.True(!expected || found.Name == $"n{address / 4}");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_last_code_at_an_address_has_the_name()
    {
        SymbolIndex<string> jit = PerfMap.Parse("1000 10 first\n2000 0x20 void A::B(int, long)\n1000 8 second\ngarbage\n3000 0 empty\n4000\n"u8);

        Assert.Equal(2, jit.Count);
        Assert.True(jit.TryFind(0x1007, out string name, out ulong offset));
        Assert.Equal(("second", 7ul), (name, offset));
        Assert.False(jit.TryFind(0x1008, out _, out _));
        Assert.True(jit.TryFind(0x201f, out name, out _));
        Assert.Equal("void A::B(int, long)", name);
        Assert.False(jit.TryFind(0x2020, out _, out _));
    }

    [Fact]
    public void Functions_are_found_by_their_place_in_the_file()
    {
        ElfImage image = new();
        int code = image.AddSection(".text", new byte[0x100], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Executable);
        image[code].Address = 0x40_1000;
        image.AddSymbol("__alias", code, 0x40_1010, 0x20, type: ElfSymbolType.Function);
        image.AddSymbol("function", code, 0x40_1010, 0x20, type: ElfSymbolType.Function);
        image.AddSymbol("data", code, 0x40_1080, 0x20);
        byte[] bytes = image.Build();
        ulong start = ElfFile.Parse(bytes).FindSection(".text")!.Offset;

        FileSymbols file = FileSymbols.Parse(bytes);

        Assert.True(file.TryFind(start + 0x2f, out string name, out ulong offset));
        Assert.Equal(("function", 0x1ful), (name, offset));
        Assert.False(file.TryFind(start + 0x30, out _, out _));
        Assert.False(file.TryFind(start + 0x85, out _, out _));
        Assert.False(file.TryFind(start + 0x100, out _, out _));
        Assert.False(file.TryFind(0, out _, out _));
    }

    [Fact]
    public void A_damaged_build_id_is_none_and_does_no_harm()
    {
        Assert.Equal("0102030405", Parse([4, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, .. "GNU\0"u8, 1, 2, 3, 4, 5]).BuildId);
        Assert.Equal("", Parse([4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]).BuildId);
        byte[] note = [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, .. "GNU\0"u8, .. new byte[20]];
        Prop.ForAll(Gen.Choose(0, note.Length).ToArbitrary(), Gen.Choose(0, 15).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (length, at, value) =>
        {
            byte[] damaged = [.. note];
            damaged[at] = (byte)value;
            _ = Parse(damaged[..length]).BuildId;
        }).QuickCheckThrowOnFailure();

        static FileSymbols Parse(byte[] buildId)
        {
            var image = new ElfImage();
            image.AddSection(".note.gnu.build-id", buildId, ElfSectionType.Note);
            return FileSymbols.Parse(image.Build());
        }
    }

    [Fact]
    public void A_damaged_file_has_no_names_and_does_no_harm()
    {
        byte[] bytes = File.ReadAllBytes(EbpfNet.Tests.Objects.TestObjects.AllPaths.First());
        Prop.ForAll(Gen.Choose(0, bytes.Length - 1).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (at, value) =>
        {
            byte[] damaged = [.. bytes];
            damaged[at] = (byte)value;
            FileSymbols.Parse(damaged).TryFind((ulong)at, out _, out _);
            FileSymbols.Parse(damaged.AsMemory(0, at)).TryFind(0, out _, out _);
        }).QuickCheckThrowOnFailure();
    }
}
