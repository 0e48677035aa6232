namespace EbpfNet.Instructions;

/// <summary>What an arithmetic instruction does: the upper four bits of an opcode of class <see cref="BpfInstructionClass.Alu32"/> or <see cref="BpfInstructionClass.Alu64"/> (<c>BPF_OP</c>).</summary>
public enum BpfAluOperation : byte
{
    /// <summary>Addition (<c>BPF_ADD</c>).</summary>
    Add = 0x00,

    /// <summary>Subtraction (<c>BPF_SUB</c>).</summary>
    Sub = 0x10,

    /// <summary>Multiplication (<c>BPF_MUL</c>).</summary>
    Mul = 0x20,

    /// <summary>Division, unsigned, or signed when the offset is 1; by zero it gives zero (<c>BPF_DIV</c>; signed since Linux 6.6).</summary>
    Div = 0x30,

    /// <summary>Bitwise or (<c>BPF_OR</c>).</summary>
    Or = 0x40,

    /// <summary>Bitwise and (<c>BPF_AND</c>).</summary>
    And = 0x50,

    /// <summary>Shift left (<c>BPF_LSH</c>).</summary>
    Lsh = 0x60,

    /// <summary>Shift right, filling with zeros (<c>BPF_RSH</c>).</summary>
    Rsh = 0x70,

    /// <summary>Two's complement negation of the destination (<c>BPF_NEG</c>).</summary>
    Neg = 0x80,

    /// <summary>Remainder, unsigned, or signed when the offset is 1; by zero it leaves the destination (<c>BPF_MOD</c>; signed since Linux 6.6).</summary>
    Mod = 0x90,

    /// <summary>Bitwise exclusive or (<c>BPF_XOR</c>).</summary>
    Xor = 0xa0,

    /// <summary>
    /// Move (<c>BPF_MOV</c>). From a register the offset selects more: 8, 16 or 32 sign-extends that many bits (since Linux 6.6),
    /// 1 casts a pointer between address spaces (64-bit only, since Linux 6.9).
    /// </summary>
    Mov = 0xb0,

    /// <summary>Shift right, filling with the sign (<c>BPF_ARSH</c>).</summary>
    Arsh = 0xc0,

    /// <summary>
    /// Byte order (<c>BPF_END</c>); the immediate is the width in bits: 16, 32 or 64. In class <see cref="BpfInstructionClass.Alu32"/> it converts to
    /// little-endian (source bit clear) or big-endian (source bit set); in class <see cref="BpfInstructionClass.Alu64"/> it always swaps (since Linux 6.6).
    /// </summary>
    End = 0xd0,
}
