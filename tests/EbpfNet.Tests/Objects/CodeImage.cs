using EbpfNet.Elf;
using EbpfNet.Instructions;
using EbpfNet.Tests.Elf;

namespace EbpfNet.Tests.Objects;

/// <summary>Writes objects out of functions, which refer to each other in the ways in which compilers do.</summary>
internal sealed class CodeImage
{
    public static readonly BpfInstruction Exit = new(BpfOpcode.Exit);

    private readonly List<BpfInstruction> _code = [];

    public CodeImage(string section = "xdp")
    {
        Section = Image.AddSection(section, [], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Executable);
        SectionSymbol = Image.AddSymbol("", Section, type: ElfSymbolType.Section, binding: ElfSymbolBinding.Local);
    }

    public ElfImage Image { get; } = new();

    public int Section { get; }

    public int SectionSymbol { get; }

    public int Slots => _code.Count;

    public static BpfInstruction CallOf(int immediate) => new(BpfOpcode.Call, source: (BpfRegister)BpfPseudoCall.Function, immediate: immediate);

    public static BpfInstruction[] Load(ulong value = 0)
    {
        (BpfInstruction first, BpfInstruction second) = BpfInstruction.LoadImm64(BpfRegister.R1, value);
        return [first, second];
    }

    /// <summary>Adds a function and its symbol.</summary>
    public int Function(string name, bool isLocal = false, params BpfInstruction[] code)
    {
        int symbol = Image.AddSymbol(name, Section, (ulong)(8 * Slots), (ulong)(8 * code.Length), ElfSymbolType.Function, isLocal ? ElfSymbolBinding.Local : ElfSymbolBinding.Global);
        _code.AddRange(code);
        return symbol;
    }

    public void Relocate(int slot, int symbol, uint type = 1) => Image.AddRelocation(Section, (ulong)(8 * slot), symbol, type);

    public BpfInstruction this[int slot]
    {
        get => _code[slot];
        set => _code[slot] = value;
    }

    public BpfObjectSpec Read()
    {
        Image[Section].Data = BpfInstructionCodec.Encode([.. _code], bigEndian: false);
        return BpfObjectSpec.Parse(Image.Build());
    }
}
