namespace EbpfNet.Instructions;

/// <summary>Where the second operand of an arithmetic or jump instruction comes from: bit 3 of the opcode (<c>BPF_SRC</c>).</summary>
public enum BpfSource : byte
{
    /// <summary>The 32-bit immediate, sign-extended to 64 bits in 64-bit instructions (<c>BPF_K</c>).</summary>
    Immediate = 0x00,

    /// <summary>The source register (<c>BPF_X</c>).</summary>
    Register = 0x08,
}
