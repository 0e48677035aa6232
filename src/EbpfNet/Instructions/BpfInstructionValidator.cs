namespace EbpfNet.Instructions;

/// <summary>
/// Tells well-formed code from other bytes, before the kernel does it with a bare <c>EINVAL</c>: opcodes, registers, reserved fields, pairs of slots and jump targets.
/// What the code means, the kernel's verifier alone decides.
/// </summary>
/// <remarks>
/// The yardstick is the instruction set as Linux 6.19 knows it. A later kernel may know more, and an earlier one looks at some fields only where the verifier's walk
/// arrives; a loader that must not be stricter than the kernel asks for <see cref="BpfInstructionChecks.AlwaysRefused"/>, or explains a refusal with the result afterwards.
/// </remarks>
public static class BpfInstructionValidator
{
    /// <summary>Whether one slot is a known instruction with valid registers and with zeros in its reserved fields; of a 64-bit constant it looks at the first slot only.</summary>
    /// <param name="instruction">The instruction.</param>
    public static bool IsWellFormed(BpfInstruction instruction) => EncodingRules.Check(instruction, out _, out _);

    /// <summary>Whether a whole program passes all checks.</summary>
    /// <param name="program">Its slots.</param>
    public static bool IsWellFormed(ReadOnlySpan<BpfInstruction> program) => TryValidate(program, BpfInstructionChecks.All, out _);

    /// <summary>Makes all checks on a whole program.</summary>
    /// <param name="program">Its slots.</param>
    /// <param name="problem">The first problem found.</param>
    /// <returns><see langword="true"/> when there is no problem.</returns>
    public static bool TryValidate(ReadOnlySpan<BpfInstruction> program, out BpfInstructionProblem problem) =>
        TryValidate(program, BpfInstructionChecks.All, out problem);

    /// <summary>Makes some checks on a whole program or on a section of code.</summary>
    /// <param name="program">Its slots.</param>
    /// <param name="checks">What to look at.</param>
    /// <param name="problem">The first problem found: those of single instructions first, then those of targets.</param>
    /// <returns><see langword="true"/> when there is no problem.</returns>
    public static bool TryValidate(ReadOnlySpan<BpfInstruction> program, BpfInstructionChecks checks, out BpfInstructionProblem problem)
    {
        bool[] isSecondSlot = new bool[program.Length];
        for (int slot = 0; slot < program.Length; slot++)
        {
            BpfInstruction instruction = program[slot];
            if (!CheckEncoding(instruction, slot, checks, out problem))
            {
                return false;
            }

            if (!instruction.IsLoadImm64)
            {
                continue;
            }

            if (slot + 1 < program.Length && EncodingRules.IsSecondSlot(program[slot + 1]))
            {
                isSecondSlot[++slot] = true;
                if (checks.HasFlag(BpfInstructionChecks.Fields) && program[slot].Immediate != 0
                    && instruction.PseudoSource is BpfPseudoSource.MapFd or BpfPseudoSource.MapIndex)
                {
                    problem = new(slot, BpfInstructionProblemKind.ReservedField, "the second immediate is not used in a reference to a map and has to be 0");
                    return false;
                }
            }
            else if (checks.HasFlag(BpfInstructionChecks.Opcodes))
            {
                problem = new(slot, BpfInstructionProblemKind.IncompleteLoadImm64,
                    slot + 1 < program.Length ? "a 64-bit constant is followed by something else than its second slot" : "the code ends within a 64-bit constant");
                return false;
            }
        }

        return CheckTargets(program, isSecondSlot, checks, out problem);
    }

    private static bool CheckEncoding(BpfInstruction instruction, int slot, BpfInstructionChecks checks, out BpfInstructionProblem problem)
    {
        if (!EncodingRules.Check(instruction, out BpfInstructionProblemKind kind, out string message)
            && checks.HasFlag(kind == BpfInstructionProblemKind.UnknownOpcode ? BpfInstructionChecks.Opcodes : BpfInstructionChecks.Fields))
        {
            problem = new(slot, kind, message);
            return false;
        }

        problem = default;
        return true;
    }

    private static bool CheckTargets(ReadOnlySpan<BpfInstruction> program, bool[] isSecondSlot, BpfInstructionChecks checks, out BpfInstructionProblem problem)
    {
        for (int slot = 0; slot < program.Length; slot++)
        {
            BpfInstruction instruction = program[slot];
            bool isJump = instruction.TryGetJumpDistance(out int distance);
            if (instruction.IsFunctionCall || instruction.IsFunctionAddress)
            {
                distance = instruction.Immediate;
            }
            else if (!isJump)
            {
                continue;
            }

            if (!checks.HasFlag(isJump ? BpfInstructionChecks.Jumps : BpfInstructionChecks.Calls))
            {
                continue;
            }

            string what = isJump ? "jump" : instruction.IsFunctionCall ? "call" : "function address";
            long target = slot + 1L + distance;
            if (target < 0 || target >= program.Length)
            {
                problem = new(slot, BpfInstructionProblemKind.TargetOutOfRange,
                    $"the {what} leads to {InstructionText.Number(target)}, but the code has the instructions 0 to {InstructionText.Number(program.Length - 1)}");
                return false;
            }

            if (isSecondSlot[target])
            {
                problem = new(slot, BpfInstructionProblemKind.TargetInsideLoadImm64, $"the {what} leads to {InstructionText.Number(target)}, the second slot of a 64-bit constant");
                return false;
            }
        }

        problem = default;
        return true;
    }
}
