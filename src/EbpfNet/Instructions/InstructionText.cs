using System.Globalization;
using EbpfNet.Abi;

namespace EbpfNet.Instructions;

/// <summary>The text of one instruction at a place in a program.</summary>
internal readonly struct InstructionText(int slot, BpfDisassemblyOptions? options)
{
    /// <summary>The offset that makes a 64-bit move a cast between address spaces (<c>BPF_ADDR_SPACE_CAST</c>).</summary>
    public const int AddressSpaceCast = 1;

    /// <summary>The same digits under every culture.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>An instruction that has no text of its own, with the reason.</summary>
    public static string Raw(BpfInstruction instruction, string reason)
    {
        Span<byte> bytes = stackalloc byte[BpfInstruction.Size];
        BpfInstructionCodec.Encode([instruction], bytes, bigEndian: false);
        return $".insn 0x{Convert.ToHexStringLower(bytes)} ; {reason}";
    }

    /// <summary>The name of an atomic operation, or null when it is unknown.</summary>
    public static string? AtomicName(BpfAtomicOperation operation) => operation switch
    {
        BpfAtomicOperation.Add => "+=",
        BpfAtomicOperation.Or => "|=",
        BpfAtomicOperation.And => "&=",
        BpfAtomicOperation.Xor => "^=",
        BpfAtomicOperation.FetchAdd => "atomic_fetch_add",
        BpfAtomicOperation.FetchOr => "atomic_fetch_or",
        BpfAtomicOperation.FetchAnd => "atomic_fetch_and",
        BpfAtomicOperation.FetchXor => "atomic_fetch_xor",
        BpfAtomicOperation.Exchange => "atomic_xchg",
        BpfAtomicOperation.CompareExchange => "atomic_cmpxchg",
        BpfAtomicOperation.LoadAcquire => "load_acquire",
        BpfAtomicOperation.StoreRelease => "store_release",
        _ => null,
    };

    /// <summary>The text; <paramref name="next"/> is looked at only when the instruction needs two slots.</summary>
    public string Format(BpfInstruction instruction, BpfInstruction? next)
    {
        if (!EncodingRules.Check(instruction, out _, out string problem))
        {
            return Raw(instruction, problem);
        }

        BpfOpcode opcode = instruction.Opcode;
        return opcode.Class switch
        {
            BpfInstructionClass.Ld when opcode.Mode == BpfMode.Imm => FormatLoadImm64(instruction, next),
            BpfInstructionClass.Ld or BpfInstructionClass.Ldx or BpfInstructionClass.St => FormatLoadOrStore(instruction),
            BpfInstructionClass.Stx => opcode.Mode == BpfMode.Atomic ? FormatAtomic(instruction) : FormatLoadOrStore(instruction),
            BpfInstructionClass.Alu32 or BpfInstructionClass.Alu64 => FormatAlu(instruction),
            _ => FormatJump(instruction),
        };
    }

    private static string Distance(int value) => value.ToString("+0;-0;+0", CultureInfo.InvariantCulture);

    private static string Register(BpfRegister register, bool wide = true) => (wide ? "r" : "w") + Number((int)register);

    private static string Memory(BpfOpcode opcode, BpfRegister register, int offset) =>
        $"({(opcode.Mode == BpfMode.MemSx ? "s" : "u")}{Number(Bits(opcode.Size))} *)({Register(register)} {Distance(offset)})";

    private static int Bits(BpfSize size) => size switch
    {
        BpfSize.Byte => 8,
        BpfSize.Half => 16,
        BpfSize.Word => 32,
        _ => 64,
    };

    private static string FormatLoadOrStore(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        return opcode.Class switch
        {
            BpfInstructionClass.Ldx => $"{Register(instruction.Destination)} = *{Memory(opcode, instruction.Source, instruction.Offset)}",
            BpfInstructionClass.Stx => $"*{Memory(opcode, instruction.Destination, instruction.Offset)} = {Register(instruction.Source)}",
            BpfInstructionClass.St => $"*{Memory(opcode, instruction.Destination, instruction.Offset)} = {Number(instruction.Immediate)}",
            _ when opcode.Mode == BpfMode.Abs => $"r0 = *(u{Number(Bits(opcode.Size))} *)skb[{Number(instruction.Immediate)}]",
            _ => $"r0 = *(u{Number(Bits(opcode.Size))} *)skb[{Register(instruction.Source)} {Distance(instruction.Immediate)}]",
        };
    }

    private static string FormatAtomic(BpfInstruction instruction)
    {
        BpfAtomicOperation operation = instruction.AtomicOperation;
        string name = AtomicName(operation)!;
        string source = Register(instruction.Source);
        string memory = Memory(instruction.Opcode, instruction.Destination, instruction.Offset);
        return operation switch
        {
            BpfAtomicOperation.Add or BpfAtomicOperation.Or or BpfAtomicOperation.And or BpfAtomicOperation.Xor => $"lock *{memory} {name} {source}",
            BpfAtomicOperation.LoadAcquire => $"{Register(instruction.Destination)} = {name}({Memory(instruction.Opcode, instruction.Source, instruction.Offset)})",
            BpfAtomicOperation.StoreRelease => $"{name}({memory}, {source})",
            BpfAtomicOperation.CompareExchange => $"r0 = {name}({memory}, r0, {source})",
            _ => $"{source} = {name}({memory}, {source})",
        };
    }

    private static string FormatAlu(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        bool wide = opcode.Class == BpfInstructionClass.Alu64;
        string destination = Register(instruction.Destination, wide);
        string operand = opcode.Source == BpfSource.Register ? Register(instruction.Source, wide) : Number(instruction.Immediate);
        int offset = instruction.Offset;
        switch (opcode.AluOperation)
        {
            case BpfAluOperation.Neg:
                return $"{destination} = -{destination}";
            case BpfAluOperation.End:
                string order = wide ? "bswap" : opcode.Source == BpfSource.Register ? "be" : "le";
                string whole = Register(instruction.Destination);
                return $"{whole} = {order}{Number(instruction.Immediate)} {whole}";
            case BpfAluOperation.Mov when opcode.Source == BpfSource.Register && offset == AddressSpaceCast:
                uint spaces = (uint)instruction.Immediate;
                return $"{destination} = addr_space_cast({operand}, {Number(spaces >> 16)}, {Number(spaces & 0xffff)})";
            case BpfAluOperation.Mov when opcode.Source == BpfSource.Register && offset != 0:
                return $"{destination} = (s{Number(offset)}){operand}";
            default:
                return $"{destination} {Symbol(opcode.AluOperation, offset)} {operand}";
        }
    }

    private static string Symbol(BpfAluOperation operation, int offset) => operation switch
    {
        BpfAluOperation.Add => "+=",
        BpfAluOperation.Sub => "-=",
        BpfAluOperation.Mul => "*=",
        BpfAluOperation.Div => offset == 0 ? "/=" : "s/=",
        BpfAluOperation.Or => "|=",
        BpfAluOperation.And => "&=",
        BpfAluOperation.Lsh => "<<=",
        BpfAluOperation.Rsh => ">>=",
        BpfAluOperation.Mod => offset == 0 ? "%=" : "s%=",
        BpfAluOperation.Xor => "^=",
        BpfAluOperation.Arsh => "s>>=",
        _ => "=",
    };

    private static string Symbol(BpfJumpOperation operation) => operation switch
    {
        BpfJumpOperation.Jeq => "==",
        BpfJumpOperation.Jgt => ">",
        BpfJumpOperation.Jge => ">=",
        BpfJumpOperation.Jset => "&",
        BpfJumpOperation.Jne => "!=",
        BpfJumpOperation.Jsgt => "s>",
        BpfJumpOperation.Jsge => "s>=",
        BpfJumpOperation.Jlt => "<",
        BpfJumpOperation.Jle => "<=",
        BpfJumpOperation.Jslt => "s<",
        _ => "s<=",
    };

    private string FormatLoadImm64(BpfInstruction first, BpfInstruction? next)
    {
        if (next is not BpfInstruction second || !EncodingRules.IsSecondSlot(second))
        {
            return Raw(first, "64-bit constant without its second slot");
        }

        string constant = options?.SymbolOf?.Invoke(slot, first) ?? first.PseudoSource switch
        {
            BpfPseudoSource.MapFd => $"map_fd[{Number(first.Immediate)}]{Extra(second)}",
            BpfPseudoSource.MapValue => $"map_value_fd[{Number(first.Immediate)}]{Distance(second.Immediate)}",
            BpfPseudoSource.BtfId => $"btf_id[{Number(first.Immediate)}]{(second.Immediate == 0 ? "" : $" of btf_fd[{Number(second.Immediate)}]")}",
            BpfPseudoSource.Function => $"func[{Target(first.Immediate)}]{Extra(second)}",
            BpfPseudoSource.MapIndex => $"map_idx[{Number(first.Immediate)}]{Extra(second)}",
            BpfPseudoSource.MapIndexValue => $"map_value_idx[{Number(first.Immediate)}]{Distance(second.Immediate)}",
            _ => $"0x{first.ReadImm64(second):x}",
        };
        return $"{Register(first.Destination)} = {constant} ll";
    }

    // The second immediate of these has no meaning, but two constants that differ in it are still not the same.
    private static string Extra(BpfInstruction second) => second.Immediate == 0 ? "" : $" (second immediate {Number(second.Immediate)})";

    private string FormatJump(BpfInstruction instruction)
    {
        BpfOpcode opcode = instruction.Opcode;
        bool wide = opcode.Class == BpfInstructionClass.Jmp;
        bool register = opcode.Source == BpfSource.Register;
        string destination = Register(instruction.Destination, wide);
        switch (opcode.JumpOperation)
        {
            case BpfJumpOperation.Ja when register:
                return $"gotox {destination}";
            case BpfJumpOperation.Ja:
                return wide ? $"goto {Target(instruction.Offset)}" : $"gotol {Target(instruction.Immediate)}";
            case BpfJumpOperation.Call:
                return register ? $"callx {destination}" : $"call {Callee(instruction)}";
            case BpfJumpOperation.Exit:
                return "exit";
            case BpfJumpOperation.Jcond:
                return $"may_goto {Target(instruction.Offset)}";
            default:
                string operand = register ? Register(instruction.Source, wide) : Number(instruction.Immediate);
                return $"if {destination} {Symbol(opcode.JumpOperation)} {operand} goto {Target(instruction.Offset)}";
        }
    }

    private string Callee(BpfInstruction call) => options?.SymbolOf?.Invoke(slot, call) ?? call.PseudoCall switch
    {
        BpfPseudoCall.Function => Target(call.Immediate),
        BpfPseudoCall.Kfunc => $"kfunc#{Number(call.Immediate)}{(call.Offset == 0 ? "" : $" of btf_idx[{Number(call.Offset)}]")}",
        _ when call.Immediate > 0 && Enum.IsDefined((BpfHelper)call.Immediate) => ((BpfHelper)call.Immediate).CName(),
        _ => $"helper#{Number(call.Immediate)}",
    };

    private string Target(int distance)
    {
        long target = slot + 1L + distance;
        return options?.LabelAt is { } labelAt && target is >= 0 and <= int.MaxValue && labelAt((int)target) is string label ? label : Distance(distance);
    }
}
