using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using EbpfNet.Btf;
using EbpfNet.Tool.Generate;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EbpfNet.Tests.Generate;

/// <summary>Generated C#, compiled as strictly as a project can ask for, and loaded until disposed.</summary>
internal sealed class GeneratedAssembly : IDisposable
{
    public const string Namespace = "Generated";

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(BpfException).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static readonly Lazy<CSharpCompilation> Empty = new(() => CSharpCompilation.Create(
        "Generated",
        references: References,
        options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error, checkOverflow: true)
            .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)])));

    private readonly AssemblyLoadContext _context = new("generated", isCollectible: true);

    private GeneratedAssembly(ObjectModel model, Assembly assembly)
    {
        Model = model;
        Assembly = assembly;
        Class = assembly.GetType($"{Namespace}.{model.ClassName}", throwOnError: true)!;
    }

    public ObjectModel Model { get; }

    public Assembly Assembly { get; }

    public Type Class { get; }

    /// <summary>Compiles what is generated for an object; any warning, and any member without documentation, fails.</summary>
    public static GeneratedAssembly Of(BpfObjectSpec spec, params string[] types)
    {
        GeneratorOptions options = new("test.bpf.o", Namespace, null, "test", types);
        string source = ObjectGenerator.Generate(spec, options);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.CSharp13, DocumentationMode.Diagnose));
        using MemoryStream image = new();
        var result = Empty.Value.AddSyntaxTrees(tree).Emit(image);
        Assert.True(result.Success && result.Diagnostics.IsEmpty, string.Join('\n', result.Diagnostics.Take(10)) + "\n" + source);
        image.Position = 0;
        AssemblyLoadContext context = new("generated", isCollectible: true);
        return new GeneratedAssembly(new ObjectModel(spec, ObjectGenerator.ClassName(spec, options), types), context.LoadFromStream(image));
    }

    public Type TypeOf(TypeDefinition definition) => Class.GetNestedType(definition.Name) ?? throw new InvalidOperationException($"{definition.Name} is not declared.");

    /// <summary>Every struct has the size that BTF says, every field its bytes, every bit field its bits.</summary>
    public void RequireLayouts(BtfSpec btf)
    {
        foreach (StructDefinition definition in Model.Types.OfType<StructDefinition>())
        {
            Type type = TypeOf(definition);
            string what = $"{definition.CName} ({type.Name})";
            Assert.True(btf.SizeOf(definition.Id) == RuntimeHelpers.SizeOf(type.TypeHandle), $"{what} has {RuntimeHelpers.SizeOf(type.TypeHandle)} bytes, and not {btf.SizeOf(definition.Id)}");
            BtfField[] expected = [.. btf.EnumerateFields(definition.Id).Where(field => field.IsBitfield || (btf.TrySizeOf(field.Type, out uint size) && size != 0))];
            Assert.Equal(expected.Select(field => field.Name), definition.Fields.Select(field => field.CName));
            foreach ((BtfField field, FieldDefinition declared) in expected.Zip(definition.Fields))
            {
                int bits = field.IsBitfield ? field.BitfieldSize : (int)btf.SizeOf(field.Type) * 8;
                if (FindBits(type, declared.Name) is var (first, end))
                {
                    Assert.True(first == field.BitOffset && end == field.BitOffset + bits, $"{what}.{declared.Name} has bits {first} to {end}, and not {field.BitOffset} to {field.BitOffset + bits}");
                }
                else
                {
                    Assert.True(declared.Type is null || field.BitfieldSize > 64 || declared.Type.Size > 8, $"{what} has no {declared.Name}");
                }
            }

            // And what it says of itself is what views compare with the object's types.
            var layout = (IBpfLayout)Activator.CreateInstance(type)!;
            new LayoutComparer(btf, type.Name, "test").Compare(layout.GetLayout(), definition.Id);
        }
    }

    public void Dispose() => _context.Unload();

    /// <summary>The bits that setting a field or property changes in an empty value.</summary>
    private static (int First, int End)? FindBits(Type type, string name)
    {
        object value = Activator.CreateInstance(type)!;
        byte[] ones = new byte[RuntimeHelpers.SizeOf(type.TypeHandle) + 16];
        ones.AsSpan().Fill(0xFF);
        if (type.GetField(name, Instance) is { } field)
        {
            field.SetValue(value, RuntimeHelpers.Box(ref ones[0], field.FieldType.TypeHandle));
        }
        else if (type.GetProperty(name, Instance) is { } property)
        {
            object all = property.PropertyType == typeof(bool) ? true : RuntimeHelpers.Box(ref ones[0], property.PropertyType.TypeHandle)!;
            property.SetValue(value, all);
            Assert.NotEqual(Activator.CreateInstance(property.PropertyType), property.GetValue(value));
        }
        else
        {
            return null;
        }

        int first = -1;
        int end = -1;
        int size = RuntimeHelpers.SizeOf(type.TypeHandle);
        for (int bit = 0; bit < size * 8; bit++)
        {
            if ((Unsafe.Add(ref Unsafe.As<Data>(value).First, bit / 8) >> (bit % 8) & 1) != 0)
            {
                first = first < 0 ? bit : first;
                end = bit + 1;
            }
        }

        return (first, end);
    }

    /// <summary>What a boxed value looks like.</summary>
    private sealed class Data
    {
        public byte First;
    }
}
