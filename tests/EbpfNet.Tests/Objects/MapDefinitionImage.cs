using EbpfNet.Elf;
using EbpfNet.Tests.Btf;
using EbpfNet.Tests.Elf;

namespace EbpfNet.Tests.Objects;

/// <summary>Writes an object with one BTF-defined map, whose definition says whatever a test wants.</summary>
internal sealed class MapDefinitionImage
{
    private const uint Global = 1;

    private readonly BtfLiteral _btf = new();
    private readonly List<(string Name, uint Type)> _members = [];
    private uint _count;

    public MapDefinitionImage() => Int = Add("int", 1, 0, 4, 32);

    public uint Int { get; }

    public uint Linkage { get; set; } = Global;

    /// <summary>The size that BTF gives the variable.</summary>
    public uint? VariableSize { get; set; }

    /// <summary>The offset that BTF gives the variable; 0 leaves it to the symbol table.</summary>
    public uint VariableOffset { get; set; }

    public uint SymbolSize { get; set; } = 64;

    public bool WithDataSection { get; set; } = true;

    public uint Add(string name, uint kind, uint length, uint sizeOrType, params uint[] records)
    {
        _btf.Type(name, kind, length, sizeOrType, records);
        return ++_count;
    }

    public uint Pointer(uint target) => Add("", 2, 0, target);

    public uint Array(uint element, uint length) => Add("", 3, 0, 0, element, Int, length);

    public uint Struct(params (string Name, uint Type)[] members) =>
        Add("", 4, (uint)members.Length, 8 * (uint)members.Length, [.. members.SelectMany((m, i) => new uint[] { _btf.String(m.Name), m.Type, 64 * (uint)i })]);

    public MapDefinitionImage Number(string name, uint value) => Member(name, Pointer(Array(Int, value)));

    public MapDefinitionImage Member(string name, uint type)
    {
        _members.Add((name, type));
        return this;
    }

    public byte[] Build(string variable = "map")
    {
        uint type = Add(variable, 14, 0, Struct([.. _members]), Linkage);
        if (WithDataSection)
        {
            Add(".maps", 15, 1, 0, type, VariableOffset, VariableSize ?? SymbolSize);
        }

        ElfImage image = new();
        image.AddSection(".BTF", _btf.ToArray());
        int maps = image.AddSection(".maps", new byte[64]);
        image.AddSymbol(variable, maps, 0, SymbolSize, binding: Linkage == Global ? ElfSymbolBinding.Global : ElfSymbolBinding.Local);
        return image.Build();
    }

    public BpfMapSpec Read() => BpfObjectSpec.Parse(Build()).Maps["map"];

    public BpfObjectFormatException Refusal() => Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(Build()));
}
