namespace EbpfNet.Instructions;

/// <summary>What kind of instruction it is: the lowest three bits of the opcode (<c>BPF_CLASS</c>).</summary>
public enum BpfInstructionClass : byte
{
    /// <summary>Loads that are not from memory at a register: 64-bit constants and legacy packet access (<c>BPF_LD</c>).</summary>
    Ld = 0x00,

    /// <summary>Loads from memory into a register (<c>BPF_LDX</c>).</summary>
    Ldx = 0x01,

    /// <summary>Stores of a constant to memory (<c>BPF_ST</c>).</summary>
    St = 0x02,

    /// <summary>Stores of a register to memory, and atomic operations (<c>BPF_STX</c>).</summary>
    Stx = 0x03,

    /// <summary>32-bit arithmetic; the upper half of the destination becomes zero (<c>BPF_ALU</c>).</summary>
    Alu32 = 0x04,

    /// <summary>Jumps that compare 64 bits, calls and exit (<c>BPF_JMP</c>).</summary>
    Jmp = 0x05,

    /// <summary>Jumps that compare the lower 32 bits, and the jump with a 32-bit distance (<c>BPF_JMP32</c>, since Linux 5.1).</summary>
    Jmp32 = 0x06,

    /// <summary>64-bit arithmetic (<c>BPF_ALU64</c>).</summary>
    Alu64 = 0x07,
}
