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

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_same_object_gives_the_same_source(string path)
    {
        GeneratorOptions options = new("name.bpf.o", "Some.Where");

        Assert.Equal(ObjectGenerator.Generate(BpfObjectSpec.ReadFile(path), options), ObjectGenerator.Generate(BpfObjectSpec.ReadFile(path), options));
    }
}
