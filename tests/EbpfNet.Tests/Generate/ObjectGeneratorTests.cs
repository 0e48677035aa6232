using EbpfNet.Tests.Objects;
using EbpfNet.Tool.Generate;

namespace EbpfNet.Tests.Generate;

public class ObjectGeneratorTests
{
    /// <summary>Objects that cannot be read, on purpose.</summary>
    private static readonly string[] Unreadable = ["legacy_maps_static"];

    public static TheoryData<string> Paths => [.. TestObjects.AllPaths.Where(path => !Unreadable.Contains(Path.GetFileName(path).Split('.')[0]))];

    [Theory]
    [MemberData(nameof(Paths))]
    public void What_is_generated_compiles_without_a_warning_and_has_the_layout_of_the_objects_types(string path)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(path);

        using GeneratedAssembly generated = GeneratedAssembly.Of(spec);

        if (spec.Btf is { } btf)
        {
            generated.RequireLayouts(btf);
        }
    }

    /// <summary>An object may be called like anything that its class has.</summary>
    [Theory]
    [InlineData("object", "ObjectObject")]
    [InlineData("spec", "SpecObject")]
    [InlineData("load", "LoadObject")]
    [InlineData("read_spec", "ReadSpecObject")]
    [InlineData("dispose", "DisposeObject")]
    [InlineData("attach_all", "AttachAllObject")]
    [InlineData("on_loaded", "OnLoadedObject")]
    [InlineData("on_spec_read", "OnSpecReadObject")]
    [InlineData("on_disposing", "OnDisposingObject")]
    [InlineData("equals", "Equals")]
    [InlineData("to_string", "ToString")]
    [InlineData("system", "System")]
    [InlineData("ebpf_net", "EbpfNet")]
    [InlineData("generated", "Generated")]
    [InlineData("hash_map", "HashMap")]
    [InlineData("touch_maps", "TouchMaps")]
    [InlineData("pair_key", "PairKey")]
    public void An_object_may_have_any_name(string name, string expected)
    {
        BpfObjectSpec spec = BpfObjectSpec.Parse(TestObjects.Bytes("maps_basic"), name + ".bpf.o");

        using GeneratedAssembly generated = GeneratedAssembly.Of(spec);

        Assert.Equal(expected, generated.Class.Name);
    }

    [Theory]
    [InlineData("Load")]
    [InlineData("Spec")]
    [InlineData("__Edit")]
    [InlineData("class")]
    public void A_class_that_could_not_have_the_name_that_was_given_is_refused(string name) =>
        Assert.Contains($"'{name}'", Assert.Throws<EbpfNet.Tool.UsageException>(() => ObjectGenerator.Generate(TestObjects.Read("maps_basic"), new GeneratorOptions("x.bpf.o", "Some.Where", name))).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_same_object_gives_the_same_source(string path)
    {
        GeneratorOptions options = new("name.bpf.o", "Some.Where");

        Assert.Equal(ObjectGenerator.Generate(BpfObjectSpec.ReadFile(path), options), ObjectGenerator.Generate(BpfObjectSpec.ReadFile(path), options));
    }
}
