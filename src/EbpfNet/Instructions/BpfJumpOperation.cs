namespace EbpfNet.Instructions;

/// <summary>What a jump instruction tests or does: the upper four bits of an opcode of class <see cref="BpfInstructionClass.Jmp"/> or <see cref="BpfInstructionClass.Jmp32"/> (<c>BPF_OP</c>).</summary>
public enum BpfJumpOperation : byte
{
    /// <summary>
    /// Always (<c>BPF_JA</c>). Class <see cref="BpfInstructionClass.Jmp"/> keeps the distance in the offset, class <see cref="BpfInstructionClass.Jmp32"/> in the
    /// immediate (<c>gotol</c>, since Linux 6.6); with the register source it jumps to the address in the destination register (<c>gotox</c>, since Linux 6.19).
    /// </summary>
    Ja = 0x00,

    /// <summary>Equal (<c>BPF_JEQ</c>).</summary>
    Jeq = 0x10,

    /// <summary>Greater, unsigned (<c>BPF_JGT</c>).</summary>
    Jgt = 0x20,

    /// <summary>Greater or equal, unsigned (<c>BPF_JGE</c>).</summary>
    Jge = 0x30,

    /// <summary>Any common bit set (<c>BPF_JSET</c>).</summary>
    Jset = 0x40,

    /// <summary>Not equal (<c>BPF_JNE</c>).</summary>
    Jne = 0x50,

    /// <summary>Greater, signed (<c>BPF_JSGT</c>).</summary>
    Jsgt = 0x60,

    /// <summary>Greater or equal, signed (<c>BPF_JSGE</c>).</summary>
    Jsge = 0x70,

    /// <summary>A call (<c>BPF_CALL</c>); the source register field is a <see cref="BpfPseudoCall"/>. With the register source it calls the address in the destination register (<c>callx</c>), which no kernel accepts.</summary>
    Call = 0x80,

    /// <summary>Return to the caller, or end of the program (<c>BPF_EXIT</c>).</summary>
    Exit = 0x90,

    /// <summary>Less, unsigned (<c>BPF_JLT</c>, since Linux 4.14).</summary>
    Jlt = 0xa0,

    /// <summary>Less or equal, unsigned (<c>BPF_JLE</c>, since Linux 4.14).</summary>
    Jle = 0xb0,

    /// <summary>Less, signed (<c>BPF_JSLT</c>, since Linux 4.14).</summary>
    Jslt = 0xc0,

    /// <summary>Less or equal, signed (<c>BPF_JSLE</c>, since Linux 4.14).</summary>
    Jsle = 0xd0,

    /// <summary>A condition that the kernel decides (<c>BPF_JCOND</c>): <c>may_goto</c> with source 0, which ends a loop that has run too long (since Linux 6.9).</summary>
    Jcond = 0xe0,
}
