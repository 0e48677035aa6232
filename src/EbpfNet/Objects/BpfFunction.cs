using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>A function of the object: a program or a subprogram, as compiled. It is complete once <see cref="ProgramReader"/> is done.</summary>
internal sealed class BpfFunction(string name, int section, string sectionName, int sectionSlot, ReadOnlyMemory<BpfInstruction> instructions)
{
    /// <summary>The symbol's name.</summary>
    public string Name { get; } = name;

    /// <summary>The index of its ELF section.</summary>
    public int Section { get; } = section;

    /// <summary>The name of its ELF section.</summary>
    public string SectionName { get; } = sectionName;

    /// <summary>The slot of the section at which it starts.</summary>
    public int SectionSlot { get; } = sectionSlot;

    /// <summary>The code as compiled, in this machine's byte order.</summary>
    public ReadOnlyMemory<BpfInstruction> Instructions { get; } = instructions;

    /// <summary>Whether the symbol is local to the object.</summary>
    public required bool IsLocal { get; init; }

    /// <summary>Whether the symbol is global but hidden: the kernel is told that the function is static, so that it is verified with its callers.</summary>
    public required bool IsHidden { get; init; }

    /// <summary>Its references, by slot within the function.</summary>
    public ImmutableArray<BpfRelocation> Relocations { get; set; } = [];

    /// <summary>The functions that it refers to, by call or by address, in order.</summary>
    public IEnumerable<BpfFunction> Targets => Relocations.Select(relocation => relocation switch
    {
        FunctionCall call => call.Target,
        FunctionAddress address => address.Target,
        _ => null,
    }).OfType<BpfFunction>();

    /// <summary>What the kernel calls when the program throws an exception (Linux 6.7), if it names such a function.</summary>
    public BpfFunction? ExceptionCallback { get; set; }

    /// <summary>Why the exception callback that the program names cannot be used, as <see cref="BpfRelocationException"/> takes it.</summary>
    public (string Name, string Problem)? ExceptionCallbackProblem { get; set; }

    /// <summary>Its <see cref="BtfFunction"/>, or void when <c>.BTF.ext</c> does not tell.</summary>
    public BtfTypeId Type { get; set; }

    /// <summary>Its source lines, by slot within the function.</summary>
    public ImmutableArray<LinkedLineInfo> Lines { get; set; } = [];

    /// <summary>Its CO-RE relocations, by slot within the function.</summary>
    public ImmutableArray<LinkedCoreRelocation> CoreRelocations { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({SectionName}+{SectionSlot}, {Instructions.Length} slots)";
}
