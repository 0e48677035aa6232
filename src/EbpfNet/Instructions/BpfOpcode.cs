namespace EbpfNet.Instructions;

/// <summary>
/// The first byte of an instruction (<c>code</c> in <c>struct bpf_insn</c>), taken apart. Which parts mean something depends on <see cref="Class"/>:
/// arithmetic and jumps have a source and an operation, loads and stores a size and a mode.
/// </summary>
/// <param name="Value">The byte itself; any value is allowed, also those that no kernel knows.</param>
public readonly record struct BpfOpcode(byte Value)
{
    /// <summary>The opcode of both forms of the two-slot 64-bit constant (<c>BPF_LD | BPF_IMM | BPF_DW</c>).</summary>
    public static BpfOpcode LoadImm64 => new(0x18);

    /// <summary>The opcode of every call but <c>callx</c> (<c>BPF_JMP | BPF_CALL</c>).</summary>
    public static BpfOpcode Call => new(0x85);

    /// <summary>The opcode of exit (<c>BPF_JMP | BPF_EXIT</c>).</summary>
    public static BpfOpcode Exit => new(0x95);

    /// <summary>The class: lowest three bits (<c>BPF_CLASS</c>).</summary>
    public BpfInstructionClass Class => (BpfInstructionClass)(Value & 0x07);

    /// <summary>Where the second operand of arithmetic and jumps comes from (<c>BPF_SRC</c>).</summary>
    public BpfSource Source => (BpfSource)(Value & 0x08);

    /// <summary>The operation, when <see cref="IsAlu"/> (<c>BPF_OP</c>).</summary>
    public BpfAluOperation AluOperation => (BpfAluOperation)(Value & 0xf0);

    /// <summary>The operation, when <see cref="IsJump"/> (<c>BPF_OP</c>).</summary>
    public BpfJumpOperation JumpOperation => (BpfJumpOperation)(Value & 0xf0);

    /// <summary>The size of the access, when <see cref="IsLoadOrStore"/> (<c>BPF_SIZE</c>).</summary>
    public BpfSize Size => (BpfSize)(Value & 0x18);

    /// <summary>The mode of the access, when <see cref="IsLoadOrStore"/> (<c>BPF_MODE</c>).</summary>
    public BpfMode Mode => (BpfMode)(Value & 0xe0);

    /// <summary>Arithmetic, 32 or 64 bits.</summary>
    public bool IsAlu => Class is BpfInstructionClass.Alu32 or BpfInstructionClass.Alu64;

    /// <summary>A jump, a call or exit.</summary>
    public bool IsJump => Class is BpfInstructionClass.Jmp or BpfInstructionClass.Jmp32;

    /// <summary>A load or a store of any kind.</summary>
    public bool IsLoadOrStore => (Value & 0x04) == 0;

    /// <summary>An arithmetic opcode.</summary>
    /// <param name="instructionClass"><see cref="BpfInstructionClass.Alu32"/> or <see cref="BpfInstructionClass.Alu64"/>.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="source">Where the second operand comes from.</param>
    public static BpfOpcode Alu(BpfInstructionClass instructionClass, BpfAluOperation operation, BpfSource source) =>
        new((byte)((byte)instructionClass | (byte)operation | (byte)source));

    /// <summary>A jump opcode.</summary>
    /// <param name="instructionClass"><see cref="BpfInstructionClass.Jmp"/> or <see cref="BpfInstructionClass.Jmp32"/>.</param>
    /// <param name="operation">What is tested or done.</param>
    /// <param name="source">Where the second operand comes from.</param>
    public static BpfOpcode Jump(BpfInstructionClass instructionClass, BpfJumpOperation operation, BpfSource source) =>
        new((byte)((byte)instructionClass | (byte)operation | (byte)source));

    /// <summary>The opcode of a load or store.</summary>
    /// <param name="instructionClass">One of <see cref="BpfInstructionClass.Ld"/>, <see cref="BpfInstructionClass.Ldx"/>, <see cref="BpfInstructionClass.St"/>, <see cref="BpfInstructionClass.Stx"/>.</param>
    /// <param name="mode">How memory is reached.</param>
    /// <param name="size">How much of it.</param>
    public static BpfOpcode Memory(BpfInstructionClass instructionClass, BpfMode mode, BpfSize size) =>
        new((byte)((byte)instructionClass | (byte)mode | (byte)size));

    /// <summary>The byte in hexadecimal, for example <c>0x85</c>.</summary>
    public override string ToString() => $"0x{Value:x2}";
}
