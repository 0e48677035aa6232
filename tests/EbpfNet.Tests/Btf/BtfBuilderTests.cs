using EbpfNet.Btf;

namespace EbpfNet.Tests.Btf;

public class BtfBuilderTests
{
    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var builder = new BtfBuilder();
        BtfTypeId integer = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        builder.AddPointer(integer);
        Assert.Equal(new BtfLiteral().Type("int", 1, 0, 4, 0x01000020).Type("", 2, 0, 1).ToArray(), builder.ToArray());

        builder = new BtfBuilder(bigEndian: true);
        builder.AddFunctionPrototype(BtfTypeId.Void, isVariadic: true, new BtfParameter("a", new BtfTypeId(2)));
        builder.AddStruct("s", 4, new BtfMember("b", BtfTypeId.Void, 3, 5));
        var literal = new BtfLiteral(bigEndian: true);
        (uint a, uint s, uint b) = (literal.String("a"), literal.String("s"), literal.String("b"));
        Assert.Equal(literal.Words(0, (13 << 24) | 2, 0, a, 2, 0, 0, s, 0x84000001, 4, b, 0, 0x05000003).ToArray(), builder.ToArray());
    }

    [Fact]
    public void A_string_is_stored_once()
    {
        var builder = new BtfBuilder();
        uint offset = builder.AddString("file.c");
        builder.AddInt("file.c", 4);
        Assert.Equal(offset, builder.AddString("file.c"));
        Assert.Equal(0u, builder.AddString(""));
        BtfSpec spec = builder.ToSpec();
        Assert.Equal("file.c", spec.GetString(offset));
        Assert.Equal(8u, spec.StringLength);

        var split = new BtfBuilder(baseSpec: spec);
        Assert.Equal(offset, split.AddString("file.c"));
        Assert.Equal(8u, split.AddString("le.c"));
        Assert.Equal(8u, split.AddString("le.c"));
        Assert.Throws<ArgumentException>(() => split.AddString("a\0b"));

        BtfBuilder copy = BtfBuilder.FromSpec(spec);
        Assert.Equal(offset, copy.AddString("file.c"));
        Assert.Equal(8u, copy.AddString("le.c"));
        Assert.Equal(13u, copy.AddString("new"));
    }

    [Fact]
    public void Writing_twice_gives_the_same_bytes()
    {
        var builder = new BtfBuilder();
        builder.AddEnum("e", 4, true, new BtfEnumerator("A", -1));
        Assert.Equal(builder.ToArray(), builder.ToArray());
    }

    [Fact]
    public void A_data_section_without_sizes_is_mended_in_a_copy()
    {
        var builder = new BtfBuilder();
        BtfTypeId integer = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        BtfTypeId first = builder.AddVariable("first", integer, BtfVariableLinkage.Global);
        BtfTypeId second = builder.AddVariable("second", integer, BtfVariableLinkage.Static);
        BtfTypeId section = builder.AddDataSection(".data", 0, new BtfSectionEntry(first, 0, 4), new BtfSectionEntry(second, 0, 4));
        BtfTypeId function = builder.AddFunction("f", builder.AddFunctionPrototype(integer, false), BtfFunctionLinkage.Global);
        uint line = builder.AddString("return 0;");
        BtfSpec compiled = builder.ToSpec();

        BtfBuilder mended = BtfBuilder.FromSpec(compiled);
        mended.Replace(section, new BtfDataSection(".data", 8, new BtfSectionEntry(second, 0, 4), new BtfSectionEntry(first, 4, 4)));
        mended.Replace(function, new BtfFunction("f", compiled.Get<BtfFunction>(function).Prototype, BtfFunctionLinkage.Static));
        BtfSpec spec = mended.ToSpec();
        Assert.Equal(8u, spec.SizeOf(section));
        Assert.Equal([second, first], spec.Get<BtfDataSection>(section).Entries.Select(entry => entry.Variable));
        Assert.Equal(BtfFunctionLinkage.Static, spec.Get<BtfFunction>(function).Linkage);
        Assert.Equal("return 0;", spec.GetString(line));
        Assert.Equal(compiled.StringLength, spec.StringLength);
        Assert.Equal(0u, compiled.Get<BtfDataSection>(section).Size);
    }

    [Fact]
    public void What_btf_cannot_express_is_refused()
    {
        var builder = new BtfBuilder();
        Assert.Throws<ArgumentException>(() => builder.Add(BtfVoid.Instance));
        Assert.Throws<ArgumentException>(() => builder.AddEnum("e", 4, false, new BtfEnumerator("A", -1)));
        Assert.Throws<ArgumentException>(() => builder.AddEnum("e", 4, true, new BtfEnumerator("A", 0x80000000)));
        Assert.Throws<ArgumentException>(() => builder.AddStruct("s", 4, new BtfMember("a", BtfTypeId.Void, 0, 1), new BtfMember("b", BtfTypeId.Void, 1 << 24)));
        Assert.Throws<ArgumentException>(() => builder.AddFunctionPrototype(BtfTypeId.Void, false, new BtfParameter("", BtfTypeId.Void)));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AddInt("huge", 17));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Replace(BtfTypeId.Void, new BtfPointer(BtfTypeId.Void)));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Replace(builder.NextId, new BtfPointer(BtfTypeId.Void)));
        Assert.Equal(1u, builder.NextId.Value);
    }

    [Fact]
    public void An_id_that_was_never_given_out_is_refused_when_the_bytes_are_written()
    {
        var builder = new BtfBuilder();
        builder.AddPointer(new BtfTypeId(2));
        Assert.Contains("type id 2", Assert.Throws<InvalidOperationException>(builder.ToArray).Message);
        builder.AddFloat("double", 8);
        Assert.Equal(3, builder.ToSpec().TypeCount);
    }
}
