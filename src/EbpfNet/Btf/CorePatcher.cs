using EbpfNet.Instructions;

namespace EbpfNet.Btf;

/// <summary>What to write into an instruction.</summary>
/// <param name="Local">The object's answer, which the compiler has put there.</param>
/// <param name="Target">The kernel's; null when it has none, and the instruction must not be reached.</param>
/// <param name="IsSizeChanged">Whether the field has another size in the kernel, and of a type that cannot be loaded with another size.</param>
internal readonly record struct CoreFix(CoreValue Local, CoreValue? Target, bool IsSizeChanged);

/// <summary>Writes the results of relocations into instructions.</summary>
internal static class CorePatcher
{
    /// <summary>
    /// What becomes of an instruction that cannot be relocated: a call of a helper that no kernel has. Code that never gets there still loads. The number
    /// is libbpf's (0xbad2310, "bad relo"), so that both give the same instructions.
    /// </summary>
    public const int UnknownHelper = 195_896_080;

    public static bool IsPoisoned(BpfInstruction instruction) => instruction.IsHelperCall && instruction.Immediate == UnknownHelper;

    /// <summary>Rewrites an instruction.</summary>
    /// <param name="code">The program.</param>
    /// <param name="slot">The instruction's place.</param>
    /// <param name="fix">What to write.</param>
    /// <returns>Why that is impossible, as a sentence without a final full stop; null when it is done.</returns>
    public static string? Apply(Span<BpfInstruction> code, int slot, in CoreFix fix)
    {
        ref BpfInstruction instruction = ref code[slot];
        if (fix.Target is not { } target)
        {
            Poison(code, slot);
            return null;
        }

        switch (instruction.Opcode.Class)
        {
            case BpfInstructionClass.Alu32 or BpfInstructionClass.Alu64 when instruction.Opcode.Source == BpfSource.Immediate:
                if (fix.Local.IsCertain && (ulong)instruction.Immediate != fix.Local.Number)
                {
                    return Unexpected(instruction.Immediate, fix);
                }

                instruction = instruction.WithImmediate((int)target.Number);
                return null;
            case BpfInstructionClass.Ldx or BpfInstructionClass.St or BpfInstructionClass.Stx:
                return ApplyToAccess(code, slot, fix, target);
            case BpfInstructionClass.Ld when instruction.IsLoadImm64 && IsPlainConstant(code, slot):
                return ApplyToConstant(ref instruction, ref code[slot + 1], fix, target);
            default:
                return "the instruction is of a kind that cannot carry a relocation; is the object damaged?";
        }
    }

    private static string? ApplyToConstant(ref BpfInstruction first, ref BpfInstruction second, in CoreFix fix, CoreValue target)
    {
        ulong found = first.ReadImm64(second);
        ulong number = target.Number;
        if (fix.Local.IsCertain && found != fix.Local.Number)
        {
            if (!fix.Local.IsNarrow || found != (uint)fix.Local.Number)
            {
                return Unexpected((long)found, fix);
            }

            // The compiler took the enum for unsigned, and so is the kernel's.
            number = target.IsNarrow ? (uint)number : number;
        }

        first = first.WithImmediate((int)number);
        second = second.WithImmediate((int)(number >> 32));
        return null;
    }

    private static string? ApplyToAccess(Span<BpfInstruction> code, int slot, in CoreFix fix, CoreValue target)
    {
        ref BpfInstruction instruction = ref code[slot];
        if (fix.Local.IsCertain && (ulong)instruction.Offset != fix.Local.Number)
        {
            return Unexpected(instruction.Offset, fix);
        }

        if (target.Number > (ulong)short.MaxValue)
        {
            return $"the field is {target.Number} bytes from the start in the kernel, and a load or store reaches {short.MaxValue}; read it with bpf_core_read";
        }

        if (fix.IsSizeChanged)
        {
            Poison(code, slot);
            return null;
        }

        BpfOpcode opcode = instruction.Opcode;
        if (target.AccessSize != fix.Local.AccessSize)
        {
            if (SizeOf(fix.Local.AccessSize) != opcode.Size)
            {
                return $"the instruction accesses another size than the field's {fix.Local.AccessSize} bytes, and the field has {target.AccessSize} bytes in the kernel";
            }

            if (SizeOf(target.AccessSize) is not { } size)
            {
                return $"the field has {target.AccessSize} bytes in the kernel, which is no size of a load or store";
            }

            opcode = BpfOpcode.Memory(opcode.Class, opcode.Mode, size);
        }

        instruction = instruction.WithOffset((short)target.Number).WithOpcode(opcode);
        return null;
    }

    private static void Poison(Span<BpfInstruction> code, int slot)
    {
        var poison = new BpfInstruction(BpfOpcode.Call, immediate: UnknownHelper);
        if (code[slot].IsLoadImm64 && slot + 1 < code.Length)
        {
            // The second half alone is no instruction, and the verifier would complain about that first.
            code[slot + 1] = poison;
        }

        code[slot] = poison;
    }

    private static bool IsPlainConstant(Span<BpfInstruction> code, int slot) =>
        slot + 1 < code.Length
        && code[slot] is { PseudoSource: BpfPseudoSource.None, Offset: 0 }
        && code[slot + 1].WithImmediate(0) == default;

    private static string Unexpected(long found, in CoreFix fix) =>
        $"the compiler should have put {(long)fix.Local.Number} into the instruction, but it has {found}; is the object damaged?";

    private static BpfSize? SizeOf(uint bytes) => bytes switch
    {
        1 => BpfSize.Byte,
        2 => BpfSize.Half,
        4 => BpfSize.Word,
        8 => BpfSize.DoubleWord,
        _ => null,
    };
}
