using EbpfNet.Btf;

namespace EbpfNet.Tests.Btf;

/// <summary>Hand-made BTF with one thing wrong each: the complaint names the section and the offset.</summary>
public class BtfMalformedTests
{
    private const uint HeaderSize = 24;

    [Fact]
    public void Parse_refuses_a_file_shorter_than_the_header()
    {
        Assert.Equal(0, Refused([], "header").Offset);
        Assert.Equal(0, Refused([0x9F, 0xEB, 1, 0], "header").Offset);
        Refused(Valid()[..20], "at most the section's 20");
    }

    [Fact]
    public void Parse_refuses_other_magic_versions_and_flags()
    {
        Assert.Equal(0, Refused(With(0, 0x7F), "7f eb").Offset);
        Assert.Equal(2, Refused(With(2, 2), "version 2").Offset);
        Assert.Equal(3, Refused(With(3, 1), "flags 0x01").Offset);
        Assert.Equal(4, Refused(With(4, 20), "length of 20").Offset);
    }

    [Fact]
    public void Parse_refuses_sections_that_reach_beyond_the_end()
    {
        Refused(With(8, 0xFF), "the type section");
        Refused(With(15, 0xFF), "the type section");
        Refused(With(16, 0xFF), "the string section");
        Refused(With(23, 0xFF), "the string section");
    }

    [Fact]
    public void Parse_refuses_sections_that_overlap() => Refused(With(16, 0), "overlap");

    [Fact]
    public void Parse_refuses_a_type_section_that_is_not_made_of_words() => Refused(With(12, 15), "whole 32-bit words");

    [Fact]
    public void Parse_refuses_strings_that_do_not_start_and_end_with_nul()
    {
        Refused(new BtfLiteral().ToArray([]), "empty");
        Assert.Equal(HeaderSize, Refused(new BtfLiteral().ToArray([1, 0]), "start with the empty string").Offset);
        Assert.Equal(HeaderSize + 1, Refused(new BtfLiteral().ToArray([0, 1]), "end with a NUL").Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(31)]
    [InlineData(127)]
    public void Parse_refuses_reserved_kinds_with_their_number_and_offset(uint kind)
    {
        byte[] data = new BtfLiteral().Type("", 2, 0, 0).Type("", kind, 0, 0).ToArray();
        Assert.Equal(HeaderSize + 12, Refused(data, $"type [2] is of kind {kind}").Offset);
    }

    [Fact]
    public void Parse_refuses_a_type_cut_short()
    {
        Assert.Equal(HeaderSize, Refused(new BtfLiteral().Words(0, 2 << 24).ToArray(), "header of 12 bytes was expected").Offset);
        Assert.Equal(HeaderSize, Refused(new BtfLiteral().Words(0, 1 << 24, 4).ToArray(), "type [1] (Int) reaches beyond the end").Offset);
        Refused(new BtfLiteral().Type("s", 4, 0xFFFFFF, 4).ToArray(), "201326580 bytes of records");
    }

    [Fact]
    public void Parse_refuses_a_length_where_the_kind_has_no_entries() =>
        Assert.Equal(HeaderSize + 4, Refused(new BtfLiteral().Type("", 2, 1, 0).ToArray(), "no entries").Offset);

    [Fact]
    public void Parse_refuses_name_offsets_beyond_the_strings()
    {
        Assert.Equal(HeaderSize, Refused(new BtfLiteral().Words(1, 2 << 24, 0).ToArray(), "name offset 0x1").Offset);
        byte[] member = new BtfLiteral().Type("", 4, 1, 4, 0x77777777, 0, 0).ToArray();
        Assert.Equal(HeaderSize + 12, Refused(member, "name offset 0x77777777").Offset);
        byte[] enumerator = new BtfLiteral().Type("", 6, 2, 4, 0, 1, 5, 1).ToArray();
        Assert.Equal(HeaderSize + 20, Refused(enumerator, "name offset 0x5").Offset);
    }

    public static TheoryData<byte[], long> DanglingIds => new()
    {
        { new BtfLiteral().Type("", 2, 0, 7).ToArray(), 8 },
        { new BtfLiteral().Type("", 3, 0, 0, 7, 0, 1).ToArray(), 12 },
        { new BtfLiteral().Type("", 3, 0, 0, 0, 7, 1).ToArray(), 16 },
        { new BtfLiteral().Type("", 4, 1, 4, 0, 7, 0).ToArray(), 16 },
        { new BtfLiteral().Type("", 5, 2, 4, 0, 0, 0, 0, 7, 0).ToArray(), 28 },
        { new BtfLiteral().Type("", 8, 0, 7).ToArray(), 8 },
        { new BtfLiteral().Type("", 12, 1, 7).ToArray(), 8 },
        { new BtfLiteral().Type("", 13, 0, 7).ToArray(), 8 },
        { new BtfLiteral().Type("", 13, 1, 0, 0, 7).ToArray(), 16 },
        { new BtfLiteral().Type("", 14, 0, 7, 0).ToArray(), 8 },
        { new BtfLiteral().Type("", 15, 1, 4, 7, 0, 4).ToArray(), 12 },
        { new BtfLiteral().Type("", 17, 0, 7, 0).ToArray(), 8 },
        { new BtfLiteral().Type("", 18, 0, 7).ToArray(), 8 },
    };

    [Theory]
    [MemberData(nameof(DanglingIds))]
    public void Parse_refuses_ids_of_types_that_do_not_exist(byte[] data, long offset) =>
        Assert.Equal(HeaderSize + offset, Refused(data, "type id 7, but the highest id is 1").Offset);

    [Fact]
    public void Parse_accepts_ids_of_later_types() =>
        Assert.Equal(new BtfTypeId(2), Parse(new BtfLiteral().Type("", 2, 0, 2).Type("x", 16, 0, 8)).Get<BtfPointer>(new BtfTypeId(1)).Target);

    [Fact]
    public void An_id_that_does_not_exist_is_refused_where_it_is_used()
    {
        BtfSpec spec = BtfSpec.Parse(Valid());
        Assert.Contains("id 2", Assert.Throws<BpfObjectFormatException>(() => spec[new BtfTypeId(2)]).Message);
        Assert.Throws<BpfObjectFormatException>(() => spec.GetKind(new BtfTypeId(uint.MaxValue)));
        Assert.Throws<BpfObjectFormatException>(() => spec.GetString(spec.StringLength));
        Assert.False(spec.TryGetType(new BtfTypeId(2), out _));
        Assert.Contains("BtfStruct was expected", Assert.Throws<BpfObjectFormatException>(() => spec.Get<BtfStruct>(new BtfTypeId(1))).Message);
    }

    [Fact]
    public void Types_that_never_end_are_refused_when_they_are_followed()
    {
        BtfSpec spec = Parse(new BtfLiteral()
            .Type("", 10, 0, 1)                       // [1] const [1]
            .Type("", 3, 0, 0, 2, 2, 1)               // [2] array of [2]
            .Type("s", 4, 1, 8, 0, 3, 0)              // [3] struct with an anonymous [3] inside
            .Type("", 2, 0, 4)                        // [4] pointer to [4]
            .Type("", 13, 0, 5));                     // [5] function that returns [5]
        Nests(() => spec.SkipModifiers(new BtfTypeId(1)));
        Nests(() => spec.SizeOf(new BtfTypeId(1)));
        Nests(() => spec.SizeOf(new BtfTypeId(2)));
        Nests(() => spec.AlignmentOf(new BtfTypeId(2)));
        Nests(() => spec.AlignmentOf(new BtfTypeId(3)));
        Nests(() => spec.EnumerateFields(new BtfTypeId(3)).Count());
        Nests(() => spec.Describe(new BtfTypeId(4)));
        Nests(() => spec.Describe(new BtfTypeId(5)));
        Assert.Equal(8u, spec.SizeOf(new BtfTypeId(4)));

        static void Nests(Func<object> action) => Assert.Contains("nested", Assert.Throws<BpfObjectFormatException>(action).Message);
    }

    [Fact]
    public void Nesting_that_multiplies_at_every_level_is_bounded()
    {
        var structs = new BtfLiteral();
        var prototypes = new BtfLiteral();
        for (uint level = 1; level < 40; level++)
        {
            // Each level holds the next one fifty times: far more paths than could ever be walked.
            structs.Type("", 5, 50, 8, [.. Enumerable.Range(0, 50).SelectMany(_ => new uint[] { 0, level + 1, 0 })]);
            prototypes.Type("", 13, 50, 0, [.. Enumerable.Range(0, 50).SelectMany(_ => new uint[] { 0, level + 1 })]);
        }

        BtfSpec nested = Parse(structs.Type("", 4, 0, 8));
        Assert.Contains("members", Assert.Throws<BpfObjectFormatException>(() => nested.EnumerateFields(new BtfTypeId(1)).Count()).Message);
        Assert.Equal(1, nested.AlignmentOf(new BtfTypeId(1)));
        Assert.EndsWith(")", Parse(prototypes.Type("", 13, 0, 0)).Describe(new BtfTypeId(1)));
    }

    [Fact]
    public void Array_sizes_beyond_32_bits_are_refused()
    {
        BtfSpec spec = Parse(new BtfLiteral()
            .Type("int", 1, 0, 4, 0x01000020)
            .Type("", 3, 0, 0, 1, 1, 0x40000000)
            .Type("", 3, 0, 0, 1, 1, 0x3FFFFFFF)
            .Type("", 3, 0, 0, 2, 1, uint.MaxValue));
        Assert.Contains("larger than 4 GiB", Assert.Throws<BpfObjectFormatException>(() => spec.SizeOf(new BtfTypeId(2))).Message);
        Assert.Equal(0xFFFFFFFCu, spec.SizeOf(new BtfTypeId(3)));
        Assert.Throws<BpfObjectFormatException>(() => spec.SizeOf(new BtfTypeId(4)));
    }

    [Fact]
    public void A_long_name_repeated_many_times_does_not_multiply_memory()
    {
        var literal = new BtfLiteral();
        uint name = literal.String(new string('n', 1 << 20));
        literal.Type("e", 6, 60_000, 4, [.. Enumerable.Range(0, 60_000).SelectMany(i => new uint[] { name + ((uint)i % 64), 0 })]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        BtfEnum type = Parse(literal).Get<BtfEnum>(new BtfTypeId(1));
        Assert.Equal(4096, type.Enumerators[0].Name.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
    }

    private static byte[] Valid() => new BtfLiteral().Type("int", 1, 0, 4, 0x01000020).ToArray();

    private static byte[] With(int offset, byte value)
    {
        byte[] data = Valid();
        data[offset] = value;
        return data;
    }

    private static BtfSpec Parse(BtfLiteral literal) => BtfSpec.Parse(literal.ToArray());

    private static BpfObjectFormatException Refused(byte[] data, string problem)
    {
        var e = Assert.Throws<BpfObjectFormatException>(() => BtfSpec.Parse(data, section: ".BTF"));
        Assert.Contains(problem, e.Message);
        Assert.Equal(".BTF", e.Section);
        Assert.NotNull(e.Offset);
        return e;
    }
}
