using System.Buffers.Binary;
using System.Text;
using EbpfNet.Elf;
using EbpfNet.Tests.Elf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Symbols;

public class FunctionSearchTests
{
    [Fact]
    public void A_function_is_found_where_it_is_in_the_file() =>
        Assert.Equal(64ul + 0x20, FunctionSearch.FindOffset(Parse(new ProbeImage().AddFunction("one", 0x10).AddFunction("two", 0x20)), "two"));

    [Theory]
    [InlineData("copy", 0x20)] // the default version
    [InlineData("copy@V1", 0x10)]
    [InlineData("copy@V2", 0x20)]
    [InlineData("copy@@V2", 0x20)]
    [InlineData("old", 0x30)] // the only one
    [InlineData("plain", 0x40)]
    public void A_version_is_found_by_its_name(string name, int offset)
    {
        FunctionFile file = Parse(new ProbeImage().AddVersions(("copy", 0x10, "V1", false), ("copy", 0x20, "V2", true), ("old", 0x30, "V1", false), ("plain", 0x40, null, true)));

        Assert.Equal(ProbeImage.Code + (ulong)offset, FunctionSearch.FindAddress(file, name));
    }

    [Fact]
    public void Versions_in_the_names_of_the_table_for_debuggers_are_understood()
    {
        FunctionFile file = Parse(new ProbeImage().AddFunction("copy@V1", 0x10).AddFunction("copy@@V2", 0x20));

        Assert.Equal((ProbeImage.Code + 0x20, ProbeImage.Code + 0x10), (FunctionSearch.FindAddress(file, "copy"), FunctionSearch.FindAddress(file, "copy@V1")));
    }

    [Theory]
    [InlineData("copy@@V1", "'lib.so' has no such version of it; there is copy@@V2, copy@V1")]
    [InlineData("copy@V3", "'lib.so' has no such version of it; there is copy@@V2, copy@V1")]
    [InlineData("hidden", "'lib.so' has several functions of that name: hidden@V1, hidden@V2; name the version, or give an offset in the file")]
    [InlineData("cpy", "'lib.so' has no such function. `cpy`: did you mean `copy`?")]
    [InlineData("something_else", "'lib.so' has no such function")]
    public void What_is_not_there_or_not_clear_is_refused_with_what_there_is(string name, string problem)
    {
        FunctionFile file = Parse(new ProbeImage().AddFunction("x", 0).AddVersions(("copy", 0x10, "V1", false), ("copy", 0x20, "V2", true), ("hidden", 0x30, "V1", false), ("hidden", 0x40, "V2", false)));

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindAddress(file, name));

        Assert.Equal((name, problem), (e.Symbol, e.Problem));
    }

    [Fact]
    public void What_is_visible_outside_goes_before_what_is_not_and_several_of_a_kind_are_refused()
    {
        FunctionFile file = Parse(new ProbeImage().AddFunction("init", 0x10, ElfSymbolBinding.Local).AddFunction("init", 0x20).AddFunction("init", 0x30, ElfSymbolBinding.Weak)
            .AddFunction("start", 0x40, ElfSymbolBinding.Local).AddFunction("start", 0x50, ElfSymbolBinding.Local));

        Assert.Equal(ProbeImage.Code + 0x20, FunctionSearch.FindAddress(file, "init"));
        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindAddress(file, "start"));
        Assert.EndsWith("give the offset in the file of one of them, 0x80, 0x90", e.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_only_chooses_another_is_refused_with_those_it_chooses_from()
    {
        FunctionFile file = Parse(new ProbeImage().AddFunction("copy", 0x10, type: ElfSymbolType.IndirectFunction).AddFunction("__copy_fast", 0x20));

        Assert.Contains("such as __copy_fast", Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindAddress(file, "copy")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_outside_the_code_that_is_loaded_is_refused() =>
        Assert.Contains("no part of 'lib.so' that is loaded", Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindOffset(Parse(new ProbeImage().AddFunction("far", 0x100000)), "far")).Problem, StringComparison.Ordinal);

    [Fact]
    public void Functions_that_were_moved_to_a_debug_file_are_found_there()
    {
        byte[] id = [1, 2, 3, 4];
        byte[] stripped = new ProbeImage().AddVersions(("offered", 0x10, null, true)).AddNote(".note.gnu.build-id", "GNU", 3, id).Build();
        byte[] debug = new ProbeImage().AddFunction("inner", 0x20).AddNote(".note.gnu.build-id", "GNU", 3, id).Build();
        byte[] foreign = new ProbeImage().AddFunction("inner", 0x30).AddNote(".note.gnu.build-id", "GNU", 3, [9]).Build();

        Assert.Equal(ProbeImage.Code + 0x20, FunctionSearch.FindAddress(WithDebugFile(stripped, "/usr/lib/debug/.build-id/01/020304.debug", debug), "inner"));
        Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindAddress(WithDebugFile(stripped, "/usr/lib/debug/.build-id/01/020304.debug", foreign), "inner"));
    }

    [Theory]
    [InlineData("/usr/lib/lib.debug")]
    [InlineData("/usr/lib/.debug/lib.debug")]
    [InlineData("/usr/lib/debug/usr/lib/lib.debug")]
    public void A_debug_file_is_found_by_name_and_checksum(string path)
    {
        byte[] debug = new ProbeImage().AddFunction("inner", 0x20).Build();
        byte[] link = [.. "lib.debug\0\0\0"u8, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(12), Crc32.Compute(debug));
        byte[] stripped = new ProbeImage().AddVersions(("offered", 0x10, null, true)).AddSection(".gnu_debuglink", link).Build();

        Assert.Equal(ProbeImage.Code + 0x20, FunctionSearch.FindAddress(WithDebugFile(stripped, path, debug), "inner"));
        debug[^1]++;
        Assert.Throws<BpfRelocationException>(() => FunctionSearch.FindAddress(WithDebugFile(stripped, path, debug), "inner"));
    }

    [Fact]
    public void The_checksum_is_the_usual_one() => Assert.Equal(0xcbf43926, Crc32.Compute("123456789"u8));

    [Fact]
    public void A_damaged_file_is_read_or_refused_but_nothing_else() =>
        Prop.ForAll(Damage.Of(
            new ProbeImage().AddFunction("one", 0x10).AddVersions(("copy", 0x10, "V1", false), ("copy", 0x20, "V2", true)).Build(),
            new ProbeImage().AddProbe("p", "n", ProbeImage.Code, 0, ProbeImage.Data, "8@%rax").AddSection(".gnu_debuglink", Encoding.UTF8.GetBytes("x.debug\0abcd")).AddNote(".note.gnu.build-id", "GNU", 3, [1, 2]).Build()), bytes =>
        {
            try
            {
                FunctionFile file = FunctionFile.Parse(bytes, "damaged", elf => DebugFile.Find(elf, "damaged", _ => bytes));
                _ = file.ToFileOffset(ProbeImage.Code + 0x10);
                _ = UsdtNote.Read(file.Elf);
                _ = FunctionSearch.FindAddress(file, "copy");
            }
            catch (Exception e) when (e is BpfObjectFormatException or BpfRelocationException)
            {
                // As it should be.
            }
        }).QuickCheckThrowOnFailure();

    private static FunctionFile Parse(ProbeImage image) => FunctionFile.Parse(image.Build(), "lib.so");

    /// <summary>A stripped file has no table for debuggers; the image's has only the unused first symbol.</summary>
    private static FunctionFile WithDebugFile(byte[] image, string path, byte[] debug) =>
        FunctionFile.Parse(image, "/usr/lib/lib.so", elf => DebugFile.Find(elf, "/usr/lib/lib.so", file => file == path ? debug : null));
}
