using EbpfNet.Abi;
using static EbpfNet.Instructions.BpfInstructionClass;

namespace EbpfNet.Instructions;

/// <summary>
/// Jumps, calls and exit for <see cref="BpfAssembler"/>. Conditional jumps compare whole registers, or the lower halves when the name ends in 32 (since Linux 5.1).
/// A distance that does not fit into the 16 bits of a jump is an <see cref="ArgumentOutOfRangeException"/>, with a label an
/// <see cref="InvalidOperationException"/> of <see cref="BpfAssembler.ToArray"/>; registers above R10 are an <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public static class BpfJumpInstructions
{
    /// <summary>Jumps if equal. <c>if rL == right goto target</c>.</summary>
    public static BpfAssembler Jeq(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jeq, left, right, target);

    /// <summary>Jumps if equal. <c>if wL == right goto target</c>.</summary>
    public static BpfAssembler Jeq32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jeq, left, right, target);

    /// <summary>Jumps if not equal. <c>if rL != right goto target</c>.</summary>
    public static BpfAssembler Jne(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jne, left, right, target);

    /// <summary>Jumps if not equal. <c>if wL != right goto target</c>.</summary>
    public static BpfAssembler Jne32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jne, left, right, target);

    /// <summary>Jumps if greater, unsigned. <c>if rL &gt; right goto target</c>.</summary>
    public static BpfAssembler Jgt(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jgt, left, right, target);

    /// <summary>Jumps if greater, unsigned. <c>if wL &gt; right goto target</c>.</summary>
    public static BpfAssembler Jgt32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jgt, left, right, target);

    /// <summary>Jumps if greater or equal, unsigned. <c>if rL &gt;= right goto target</c>.</summary>
    public static BpfAssembler Jge(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jge, left, right, target);

    /// <summary>Jumps if greater or equal, unsigned. <c>if wL &gt;= right goto target</c>.</summary>
    public static BpfAssembler Jge32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jge, left, right, target);

    /// <summary>Jumps if less, unsigned. <c>if rL &lt; right goto target</c>.</summary>
    public static BpfAssembler Jlt(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jlt, left, right, target);

    /// <summary>Jumps if less, unsigned. <c>if wL &lt; right goto target</c>.</summary>
    public static BpfAssembler Jlt32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jlt, left, right, target);

    /// <summary>Jumps if less or equal, unsigned. <c>if rL &lt;= right goto target</c>.</summary>
    public static BpfAssembler Jle(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jle, left, right, target);

    /// <summary>Jumps if less or equal, unsigned. <c>if wL &lt;= right goto target</c>.</summary>
    public static BpfAssembler Jle32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jle, left, right, target);

    /// <summary>Jumps if greater, signed. <c>if rL s&gt; right goto target</c>.</summary>
    public static BpfAssembler Jsgt(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jsgt, left, right, target);

    /// <summary>Jumps if greater, signed. <c>if wL s&gt; right goto target</c>.</summary>
    public static BpfAssembler Jsgt32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jsgt, left, right, target);

    /// <summary>Jumps if greater or equal, signed. <c>if rL s&gt;= right goto target</c>.</summary>
    public static BpfAssembler Jsge(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jsge, left, right, target);

    /// <summary>Jumps if greater or equal, signed. <c>if wL s&gt;= right goto target</c>.</summary>
    public static BpfAssembler Jsge32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jsge, left, right, target);

    /// <summary>Jumps if less, signed. <c>if rL s&lt; right goto target</c>.</summary>
    public static BpfAssembler Jslt(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jslt, left, right, target);

    /// <summary>Jumps if less, signed. <c>if wL s&lt; right goto target</c>.</summary>
    public static BpfAssembler Jslt32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jslt, left, right, target);

    /// <summary>Jumps if less or equal, signed. <c>if rL s&lt;= right goto target</c>.</summary>
    public static BpfAssembler Jsle(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jsle, left, right, target);

    /// <summary>Jumps if less or equal, signed. <c>if wL s&lt;= right goto target</c>.</summary>
    public static BpfAssembler Jsle32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jsle, left, right, target);

    /// <summary>Jumps if they share a set bit. <c>if rL &amp; right goto target</c>.</summary>
    public static BpfAssembler Jset(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp, BpfJumpOperation.Jset, left, right, target);

    /// <summary>Jumps if they share a set bit. <c>if wL &amp; right goto target</c>.</summary>
    public static BpfAssembler Jset32(this BpfAssembler assembler, BpfRegister left, BpfOperand right, BpfJumpTarget target) =>
        JumpIf(assembler, Jmp32, BpfJumpOperation.Jset, left, right, target);

    /// <summary>Jumps. <c>goto target</c>.</summary>
    public static BpfAssembler Goto(this BpfAssembler assembler, BpfJumpTarget target) =>
        Jump(assembler, BpfOpcode.Jump(Jmp, BpfJumpOperation.Ja, BpfSource.Immediate), target);

    /// <summary>Jumps, however far. <c>gotol target</c>. Since Linux 6.6.</summary>
    public static BpfAssembler GotoLong(this BpfAssembler assembler, BpfJumpTarget target) =>
        Jump(assembler, BpfOpcode.Jump(Jmp32, BpfJumpOperation.Ja, BpfSource.Immediate), target);

    /// <summary>Jumps when the kernel finds that the loop has run long enough. <c>may_goto target</c>. Since Linux 6.9.</summary>
    public static BpfAssembler MayGoto(this BpfAssembler assembler, BpfJumpTarget target) =>
        Jump(assembler, BpfOpcode.Jump(Jmp, BpfJumpOperation.Jcond, BpfSource.Immediate), target);

    /// <summary>Jumps to the address in a register, which comes from an instruction array map. <c>gotox rT</c>. Since Linux 6.19.</summary>
    public static BpfAssembler GotoRegister(this BpfAssembler assembler, BpfRegister target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Jump(Jmp, BpfJumpOperation.Ja, BpfSource.Register), target);
    }

    /// <summary>Calls a helper of the kernel. <c>call helper</c>.</summary>
    public static BpfAssembler CallHelper(this BpfAssembler assembler, BpfHelper helper) => CallHelper(assembler, (int)helper);

    /// <summary>Calls a helper of the kernel by number, also one that this library does not know. <c>call helper</c>.</summary>
    public static BpfAssembler CallHelper(this BpfAssembler assembler, int helper)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Call, immediate: helper);
    }

    /// <summary>Calls a function of this program. <c>call target</c>. Since Linux 4.16.</summary>
    public static BpfAssembler Call(this BpfAssembler assembler, BpfJumpTarget target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.AddReference(new BpfInstruction(BpfOpcode.Call).WithPseudoCall(BpfPseudoCall.Function), target);
    }

    /// <summary>
    /// Calls a kernel function. <c>call kfunc</c>. Since Linux 5.13.
    /// </summary>
    /// <param name="assembler">The assembler.</param>
    /// <param name="btfId">The BTF id of the function.</param>
    /// <param name="btfIndex">Whose BTF: 0 for vmlinux, else an index into the load call's descriptor array (since Linux 5.16).</param>
    public static BpfAssembler CallKfunc(this BpfAssembler assembler, int btfId, int btfIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Call, source: (BpfRegister)BpfPseudoCall.Kfunc, offset: btfIndex, immediate: btfId);
    }

    /// <summary>Calls the address in a register. <c>callx rT</c>. Compilers make it, no kernel accepts it.</summary>
    public static BpfAssembler CallRegister(this BpfAssembler assembler, BpfRegister target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Jump(Jmp, BpfJumpOperation.Call, BpfSource.Register), target);
    }

    /// <summary>Returns to the caller or ends the program, with R0 as the result. <c>exit</c>.</summary>
    public static BpfAssembler Exit(this BpfAssembler assembler)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Exit);
    }

    private static BpfAssembler Jump(BpfAssembler assembler, BpfOpcode opcode, BpfJumpTarget target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.AddReference(new BpfInstruction(opcode), target);
    }

    private static BpfAssembler JumpIf(
        BpfAssembler assembler, BpfInstructionClass instructionClass, BpfJumpOperation operation, BpfRegister left, BpfOperand right, BpfJumpTarget target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)left, (int)BpfRegister.R10, nameof(left));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)right.Register, (int)BpfRegister.R10, nameof(right));
        return assembler.AddReference(
            new BpfInstruction(BpfOpcode.Jump(instructionClass, operation, right.Source), left, right.Register, 0, right.Immediate), target);
    }
}
