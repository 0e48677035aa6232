using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Tests.Architecture;

namespace EbpfNet.Tests.Btf;

public class BtfExtInfoTests
{
    private static readonly BtfSpec Spec = MakeSpec(out Text);
    private static readonly Strings Text;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 8)]
    public void Records_are_read_in_either_byte_order_and_at_any_length(bool bigEndian, int extra)
    {
        uint[] more = new uint[extra / 4];
        byte[] data = Ext(
            bigEndian,
            [8 + (uint)extra, Text.Xdp, 2, 0, 2, .. more, 16, 2, .. more],
            [16 + (uint)extra, Text.Xdp, 1, 8, Text.File, Text.Line, (12 << 10) | 3, .. more, Text.Tc, 1, 0, Text.File, 0, 7 << 10, .. more],
            [16 + (uint)extra, Text.Tc, 1, 24, 1, Text.Access, 9, .. more]);
        BtfExtInfo info = BtfExtInfo.Parse(data, Spec);

        Assert.Equal([new BtfFuncInfo(0, new BtfTypeId(2)), new BtfFuncInfo(16, new BtfTypeId(2))], Assert.Single(info.Functions).Value.AsEnumerable());
        BtfLineInfo line = Assert.Single(info.Lines["xdp"]);
        Assert.Equal((8u, "file.c", "return 0;", 12, 3), (line.InstructionOffset, line.FileName, line.Text, line.Line, line.Column));
        Assert.Equal((Text.File, Text.Line, (12u << 10) | 3), (line.FileNameOffset, line.TextOffset, line.LineAndColumn));
        Assert.Equal("file.c:12:3", line.ToString());
        Assert.Equal("", Assert.Single(info.Lines["tc"]).Text);
        Assert.Equal(new BtfCoreRelocation(24, new BtfTypeId(1), Text.Access, "0:1", BtfCoreRelocationKind.TypeSize), Assert.Single(info.CoreRelocations["tc"]));
    }

    [Fact]
    public void The_short_header_has_no_core_relocations()
    {
        BtfExtInfo info = BtfExtInfo.Parse(Ext(false, [8, Text.Xdp, 1, 0, 2], [], null), Spec);
        Assert.Empty(info.CoreRelocations);
        Assert.Empty(info.Lines);
        Assert.Single(info.Functions["xdp"]);
    }

    [Fact]
    public void Parts_about_the_same_section_are_joined() =>
        Assert.Equal([0u, 8u], BtfExtInfo.Parse(Ext(false, [8, Text.Xdp, 1, 0, 2, Text.Xdp, 1, 8, 2], [], []), Spec).Functions["xdp"].Select(f => f.InstructionOffset));

    public static TheoryData<uint[], uint[], uint[], string, long> Malformed => new()
    {
        { [4, Text.Xdp, 1, 0], [], [], "records of 4 bytes", 32 },
        { [10, Text.Xdp, 1, 0, 2, 0], [], [], "records of 10 bytes", 32 },
        { [], [12, Text.Xdp, 1, 0, 0, 0], [], "at least 16", 32 },
        { [8, 0xFFFFFF, 1, 0, 2], [], [], "string offset 0xffffff", 36 },
        { [8, Text.Xdp, 2, 0, 2], [], [], "do not fit", 44 },
        { [8, Text.Xdp, 0xFFFFFFFF, 0, 2], [], [], "do not fit", 44 },
        { [8, Text.Xdp, 0], [], [], "no function info records", 40 },
        { [8, Text.Xdp], [], [], "4 bytes were expected", 40 },
        { [8, Text.Xdp, 1, 0, 3], [], [], "type id 3 does not exist", 48 },
        { [], [16, Text.Xdp, 1, 0, Text.File, 0xFFFF, 0], [], "string offset 0xffff", 52 },
        { [], [], [16, Text.Xdp, 1, 0, 1, Text.Access, 13], "kind 13", 56 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_records_are_refused_with_their_place(uint[] functions, uint[] lines, uint[] relocations, string problem, long offset)
    {
        var e = Assert.Throws<BpfObjectFormatException>(() => BtfExtInfo.Parse(Ext(false, functions, lines, relocations), Spec));
        Assert.Contains(problem, e.Message);
        Assert.Equal((".BTF.ext", (long?)offset), (e.Section, e.Offset));
    }

    [Fact]
    public void Parts_that_reach_beyond_the_section_are_refused()
    {
        byte[] data = Ext(false, [8, Text.Xdp, 1, 0, 2], [], []);
        data[12]++;
        Assert.Contains("the function info", Assert.Throws<BpfObjectFormatException>(() => BtfExtInfo.Parse(data, Spec)).Message);
    }

    [Fact]
    public void A_compilers_records_name_the_functions_and_lines_of_the_source()
    {
        ElfFile elf = ElfFile.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "tests/bpf/btf_kinds.bpf.o")));
        BtfSpec spec = BtfSpec.Parse(elf.FindSection(".BTF")!.Data);
        BtfExtInfo info = BtfExtInfo.Parse(elf.FindSection(".BTF.ext")!.Data, spec);
        Assert.Equal(["btf_kinds", "tagged_function"], info.Functions.Values.SelectMany(f => f).Select(f => spec.Get<BtfFunction>(f.Function).Name).Order());
        Assert.Equal(0u, Assert.Single(info.Functions["xdp"]).InstructionOffset);
        Assert.Contains(info.Lines["xdp"], line => line.Text.Contains("return tagged_function(everything.number, tagged_variable);") && line.FileName.EndsWith("btf_kinds.bpf.c") && line.Line > 1);
    }

    private static BtfSpec MakeSpec(out Strings text)
    {
        var builder = new BtfBuilder();
        builder.AddFunctionPrototype(BtfTypeId.Void, false);
        builder.AddFunction("f", new BtfTypeId(1), BtfFunctionLinkage.Global);
        text = new Strings(builder.AddString("xdp"), builder.AddString("tc"), builder.AddString("file.c"), builder.AddString("return 0;"), builder.AddString("0:1"));
        return builder.ToSpec();
    }

    private static byte[] Ext(bool bigEndian, uint[] functions, uint[] lines, uint[]? relocations)
    {
        var literal = new BtfLiteral(bigEndian);
        uint header = relocations is null ? 24u : 32u;
        uint[][] parts = [functions, lines, .. relocations is null ? Array.Empty<uint[]>() : [relocations]];
        List<byte> data = [.. bigEndian ? new byte[] { 0xEB, 0x9F } : [0x9F, 0xEB], 1, 0, .. literal.Bytes(header)];
        uint offset = 0;
        foreach (uint[] part in parts)
        {
            data.AddRange([.. literal.Bytes(offset), .. literal.Bytes((uint)part.Length * 4)]);
            offset += (uint)part.Length * 4;
        }

        data.AddRange(parts.SelectMany(part => part).SelectMany(literal.Bytes));
        return [.. data];
    }

    private sealed record Strings(uint Xdp, uint Tc, uint File, uint Line, uint Access);
}
