namespace EbpfNet.Instructions;

/// <summary>Which opcodes exist, which fields each uses, and what may be in them: the instruction set up to v4 as Linux 6.19 knows it.</summary>
internal static class EncodingRules
{
    [Flags]
    private enum Fields
    {
        None = 0,
        Destination = 1,
        Source = 2,
        Offset = 4,
        Immediate = 8,
        Unknown = 16,
    }

    /// <summary>Whether the opcode belongs to an instruction.</summary>
    public static bool IsKnown(BpfOpcode opcode) => UsedFields(new BpfInstruction(opcode)) != Fields.Unknown;

    /// <summary>Checks one slot by itself; the second slot of a 64-bit constant is not looked for.</summary>
    public static bool Check(BpfInstruction instruction, out BpfInstructionProblemKind kind, out string message)
    {
        Fields used = UsedFields(instruction);
        if (used == Fields.Unknown)
        {
            (kind, message) = (BpfInstructionProblemKind.UnknownOpcode, $"opcode {instruction.Opcode} is unknown");
            return false;
        }

        string? reserved =
            !used.HasFlag(Fields.Destination) && instruction.Destination != 0 ? "destination register" :
            !used.HasFlag(Fields.Source) && instruction.Source != 0 ? "source register" :
            !used.HasFlag(Fields.Offset) && instruction.Offset != 0 ? "offset" :
            !used.HasFlag(Fields.Immediate) && instruction.Immediate != 0 ? "immediate" : null;
        if (reserved is not null)
        {
            (kind, message) = (BpfInstructionProblemKind.ReservedField, $"the {reserved} is not used here and has to be 0");
            return false;
        }

        BpfRegister highest = HasSelectorAsSource(instruction.Opcode) || instruction.Destination > instruction.Source ? instruction.Destination : instruction.Source;
        if (highest > BpfRegister.R10)
        {
            (kind, message) = (BpfInstructionProblemKind.InvalidRegister, $"register {InstructionText.Number((int)highest)} does not exist");
            return false;
        }

        if (UnknownVariant(instruction) is string variant)
        {
            (kind, message) = (BpfInstructionProblemKind.UnknownVariant, variant);
            return false;
        }

        (kind, message) = (default, "");
        return true;
    }

    /// <summary>Whether a slot can be the second one of a 64-bit constant: nothing in it but the immediate.</summary>
    public static bool IsSecondSlot(BpfInstruction instruction) => instruction.WithImmediate(0) == default;

    /// <summary>Whether the sizes of an atomic operation include this one: only the plain load and store have the small ones.</summary>
    public static bool AllowsSize(BpfAtomicOperation operation, BpfSize size) =>
        size is BpfSize.Word or BpfSize.DoubleWord || operation is BpfAtomicOperation.LoadAcquire or BpfAtomicOperation.StoreRelease;

    private static bool HasSelectorAsSource(BpfOpcode opcode) => opcode == BpfOpcode.LoadImm64 || opcode == BpfOpcode.Call;

    private static Fields UsedFields(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        return opcode.Class switch
        {
            BpfInstructionClass.Ld => opcode.Mode switch
            {
                BpfMode.Imm when opcode.Size == BpfSize.DoubleWord => Fields.Destination | Fields.Source | Fields.Immediate,
                BpfMode.Abs when opcode.Size != BpfSize.DoubleWord => Fields.Immediate,
                BpfMode.Ind when opcode.Size != BpfSize.DoubleWord => Fields.Source | Fields.Immediate,
                _ => Fields.Unknown,
            },
            BpfInstructionClass.Ldx => opcode.Mode switch
            {
                BpfMode.Mem => Fields.Destination | Fields.Source | Fields.Offset,
                BpfMode.MemSx when opcode.Size != BpfSize.DoubleWord => Fields.Destination | Fields.Source | Fields.Offset,
                _ => Fields.Unknown,
            },
            BpfInstructionClass.St => opcode.Mode == BpfMode.Mem ? Fields.Destination | Fields.Offset | Fields.Immediate : Fields.Unknown,
            BpfInstructionClass.Stx => opcode.Mode switch
            {
                BpfMode.Mem => Fields.Destination | Fields.Source | Fields.Offset,
                BpfMode.Atomic => Fields.Destination | Fields.Source | Fields.Offset | Fields.Immediate,
                _ => Fields.Unknown,
            },
            BpfInstructionClass.Alu32 or BpfInstructionClass.Alu64 => UsedByAlu(instruction),
            _ => UsedByJump(instruction),
        };
    }

    private static Fields UsedByAlu(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        bool wide = opcode.Class == BpfInstructionClass.Alu64;
        bool register = opcode.Source == BpfSource.Register;
        Fields operand = Fields.Destination | (register ? Fields.Source : Fields.Immediate);
        return opcode.AluOperation switch
        {
            BpfAluOperation.Neg => register ? Fields.Unknown : Fields.Destination,
            // The source bit says which byte order, not that a register is read; swapping has no order to choose.
            BpfAluOperation.End => wide && register ? Fields.Unknown : Fields.Destination | Fields.Immediate,
            BpfAluOperation.Mov when register && wide && instruction.Offset == InstructionText.AddressSpaceCast => operand | Fields.Offset | Fields.Immediate,
            BpfAluOperation.Mov when register => operand | Fields.Offset,
            BpfAluOperation.Div or BpfAluOperation.Mod => operand | Fields.Offset,
            <= BpfAluOperation.Arsh => operand,
            _ => Fields.Unknown,
        };
    }

    private static Fields UsedByJump(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        bool wide = opcode.Class == BpfInstructionClass.Jmp;
        bool register = opcode.Source == BpfSource.Register;
        return opcode.JumpOperation switch
        {
            BpfJumpOperation.Ja when register => wide ? Fields.Destination : Fields.Unknown,
            BpfJumpOperation.Ja => wide ? Fields.Offset : Fields.Immediate,
            BpfJumpOperation.Call when !wide => Fields.Unknown,
            BpfJumpOperation.Call when register => Fields.Destination,
            BpfJumpOperation.Call => Fields.Source | Fields.Immediate | (instruction.PseudoCall == BpfPseudoCall.Kfunc ? Fields.Offset : Fields.None),
            BpfJumpOperation.Exit => wide && !register ? Fields.None : Fields.Unknown,
            // The source field of a conditional jump names the condition; may_goto, the only one, is 0.
            BpfJumpOperation.Jcond => wide && !register ? Fields.Offset : Fields.Unknown,
            <= BpfJumpOperation.Jsle => Fields.Destination | Fields.Offset | (register ? Fields.Source : Fields.Immediate),
            _ => Fields.Unknown,
        };
    }

    private static string? UnknownVariant(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        int offset = instruction.Offset;
        if (opcode.IsAlu)
        {
            return opcode.AluOperation switch
            {
                BpfAluOperation.End when instruction.Immediate is not (16 or 32 or 64) =>
                    $"byte order is converted in 16, 32 or 64 bits, not in {InstructionText.Number(instruction.Immediate)}",
                BpfAluOperation.Div or BpfAluOperation.Mod when offset is not (0 or 1) =>
                    $"the offset of a division is 0 (unsigned) or 1 (signed), not {InstructionText.Number(offset)}",
                BpfAluOperation.Mov when opcode.Source == BpfSource.Register && !IsMoveVariant(opcode.Class, offset) =>
                    $"the offset {InstructionText.Number(offset)} selects no known kind of move",
                _ => null,
            };
        }

        if (opcode == BpfOpcode.Call && instruction.PseudoCall > BpfPseudoCall.Kfunc)
        {
            return $"the source register field {InstructionText.Number((int)instruction.Source)} names no known kind of callee";
        }

        if (opcode == BpfOpcode.LoadImm64 && instruction.PseudoSource > BpfPseudoSource.MapIndexValue)
        {
            return $"the source register field {InstructionText.Number((int)instruction.Source)} names no known kind of 64-bit constant";
        }

        if (opcode.Class == BpfInstructionClass.Stx && opcode.Mode == BpfMode.Atomic)
        {
            return InstructionText.AtomicName(instruction.AtomicOperation) is null
                ? $"0x{instruction.Immediate:x} is no known atomic operation"
                : AllowsSize(instruction.AtomicOperation, opcode.Size) ? null : "this atomic operation needs 4 or 8 bytes";
        }

        return null;
    }

    private static bool IsMoveVariant(BpfInstructionClass instructionClass, int offset) => instructionClass == BpfInstructionClass.Alu64
        ? offset is 0 or InstructionText.AddressSpaceCast or 8 or 16 or 32
        : offset is 0 or 8 or 16;
}
