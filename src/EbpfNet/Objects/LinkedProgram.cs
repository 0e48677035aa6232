using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>
/// A program with every function it reaches, in the order in which the kernel gets them. All that is left to do needs the kernel:
/// map descriptors, externs, CO-RE. Each call of <see cref="FunctionLinker.Link"/> makes a new one, whose instructions the caller may change.
/// </summary>
internal sealed class LinkedProgram
{
    /// <summary>The program this was linked from.</summary>
    public required BpfProgramSpec Program { get; init; }

    /// <summary>
    /// The code. Calls and callback pointers are final. An <c>ld_imm64</c> for a map has its pseudo source set and, for map values, the offset
    /// in its second slot; only the descriptor (first immediate) is missing.
    /// </summary>
    public required BpfInstruction[] Instructions { get; init; }

    /// <summary>The functions in order: the program itself first, at slot 0.</summary>
    public required ImmutableArray<LinkedFunction> Functions { get; init; }

    /// <summary>What the loader has to patch, in order of slots: <see cref="MapReference"/>, <see cref="MapValueReference"/>, <see cref="ExternReference"/>.</summary>
    public required ImmutableArray<BpfRelocation> Relocations { get; init; }

    /// <summary>Which function starts where; empty when that is not known of every function, because the kernel wants all or none.</summary>
    public required ImmutableArray<LinkedFuncInfo> FuncInfos { get; set; }

    /// <summary>Source lines in order of slots; empty when a function has none for its first instruction, because the kernel refuses that.</summary>
    public required ImmutableArray<LinkedLineInfo> LineInfos { get; init; }

    /// <summary>CO-RE relocations in order of slots.</summary>
    public required ImmutableArray<LinkedCoreRelocation> CoreRelocations { get; init; }

    /// <summary>Code that nothing is known about, and nothing is left to be done in.</summary>
    public static LinkedProgram WithoutInformation(BpfProgramSpec program, BpfInstruction[] code) => new()
    {
        Program = program,
        Instructions = code,
        Functions = [],
        Relocations = [],
        FuncInfos = [],
        LineInfos = [],
        CoreRelocations = [],
    };
}

/// <summary>A function's place in a <see cref="LinkedProgram"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Slot">Its first slot.</param>
/// <param name="SlotCount">How many slots it takes.</param>
internal readonly record struct LinkedFunction(string Name, int Slot, int SlotCount);

/// <summary><c>struct bpf_func_info</c> with the final place.</summary>
/// <param name="Slot">The function's first slot, the kernel's <c>insn_off</c>.</param>
/// <param name="Type">The function's <see cref="BtfFunction"/>.</param>
internal readonly record struct LinkedFuncInfo(int Slot, BtfTypeId Type);

/// <summary><c>struct bpf_line_info</c> with the final place.</summary>
/// <param name="Slot">The slot, the kernel's <c>insn_off</c>.</param>
/// <param name="Line">The record; its own offset is that within the section.</param>
internal readonly record struct LinkedLineInfo(int Slot, BtfLineInfo Line);

/// <summary><c>struct bpf_core_relo</c> with the final place.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Relocation">The record; its own offset is that within the section.</param>
internal readonly record struct LinkedCoreRelocation(int Slot, BtfCoreRelocation Relocation);
