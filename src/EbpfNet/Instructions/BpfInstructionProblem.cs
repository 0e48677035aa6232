namespace EbpfNet.Instructions;

/// <summary>Why code is not well-formed.</summary>
/// <param name="Slot">The slot of the instruction at fault, counted from 0.</param>
/// <param name="Kind">The kind of problem.</param>
/// <param name="Message">What is wrong, as a sentence without a final full stop and without the slot.</param>
public readonly record struct BpfInstructionProblem(int Slot, BpfInstructionProblemKind Kind, string Message)
{
    /// <summary>The problem with its place, for example <c>instruction 4: register 11 does not exist</c>.</summary>
    public override string ToString() => $"instruction {InstructionText.Number(Slot)}: {Message}";
}
