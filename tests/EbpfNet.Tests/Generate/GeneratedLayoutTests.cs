using EbpfNet.Btf;
using EbpfNet.Tool.Generate;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Generate;

public class GeneratedLayoutTests
{
    [Fact]
    public void Whatever_is_laid_out_in_c_is_laid_out_alike_in_csharp()
    {
        var property = Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            RandomLayout layout = RandomLayout.Of(seed);
            BpfObjectSpec spec = new("random", isBigEndian: false) { Btf = layout.Spec };
            using GeneratedAssembly generated = GeneratedAssembly.Of(spec, [.. layout.Roots]);
            Assert.True(generated.Model.Types.Count >= layout.Roots.Count);
            generated.RequireLayouts(layout.Spec);
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    [Fact]
    public void A_type_that_contains_itself_is_refused()
    {
        BtfBuilder builder = new();
        builder.AddStruct("endless", 8, new BtfMember("next", new BtfTypeId(2), 0));
        builder.AddTypedef("endless_t", new BtfTypeId(1));
        BpfObjectSpec spec = new("wrong", isBigEndian: false) { Btf = builder.ToSpec() };

        Assert.Contains("contains itself", Assert.Throws<BpfObjectFormatException>(() => Generate(spec, "endless")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_beyond_its_struct_is_refused()
    {
        BtfBuilder builder = new();
        BtfTypeId number = builder.AddInt("int", 4);
        builder.AddStruct("short", 4, new BtfMember("a", number, 0), new BtfMember("b", number, 32));
        BpfObjectSpec spec = new("wrong", isBigEndian: false) { Btf = builder.ToSpec() };

        Assert.Contains("'b'", Assert.Throws<BpfObjectFormatException>(() => Generate(spec, "short")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_the_object_does_not_have_is_named()
    {
        BpfObjectSpec spec = new("none", isBigEndian: false) { Btf = new BtfBuilder().ToSpec() };

        Assert.Contains("'event'", Assert.Throws<EbpfNet.Tool.UsageException>(() => Generate(spec, "event")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("My App")]
    [InlineData("1st")]
    [InlineData("A..B")]
    [InlineData("A.class")]
    public void What_is_no_namespace_is_refused(string name) =>
        Assert.Throws<EbpfNet.Tool.UsageException>(() => ObjectGenerator.Generate(new BpfObjectSpec("x", isBigEndian: false), new GeneratorOptions("x.bpf.o", name)));

    private static string Generate(BpfObjectSpec spec, string type) => ObjectGenerator.Generate(spec, new GeneratorOptions("x.bpf.o", "Some.Where", "X", null, type));
}
