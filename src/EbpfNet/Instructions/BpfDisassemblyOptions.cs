namespace EbpfNet.Instructions;

/// <summary>What <see cref="BpfDisassembler"/> adds to the bare instructions.</summary>
public sealed class BpfDisassemblyOptions
{
    /// <summary>
    /// The name of a slot, or <see langword="null"/> when it has none. Jumps, calls and function addresses to a named slot show the name in place of the distance, and a
    /// listing shows <c>name:</c> above the slot. It may be asked for slots outside of the program.
    /// </summary>
    public Func<int, string?>? LabelAt { get; init; }

    /// <summary>
    /// The name of what a call or a 64-bit constant refers to, given its slot and its first instruction, or <see langword="null"/> when it has none. It stands in place of
    /// the callee or the constant: <c>call NAME</c>, <c>r1 = NAME ll</c>. It goes before <see cref="LabelAt"/>.
    /// </summary>
    public Func<int, BpfInstruction, string?>? SymbolOf { get; init; }

    /// <summary>Whether a listing starts each line with the slot (on by default).</summary>
    public bool ShowSlots { get; init; } = true;
}
