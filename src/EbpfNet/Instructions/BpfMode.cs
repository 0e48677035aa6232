namespace EbpfNet.Instructions;

/// <summary>How a load or store reaches memory: the upper three bits of the opcode (<c>BPF_MODE</c>).</summary>
public enum BpfMode : byte
{
    /// <summary>A 64-bit constant over two slots (<c>BPF_IMM</c>).</summary>
    Imm = 0x00,

    /// <summary>Legacy packet access at a fixed place (<c>BPF_ABS</c>).</summary>
    Abs = 0x20,

    /// <summary>Legacy packet access at a register plus a constant (<c>BPF_IND</c>).</summary>
    Ind = 0x40,

    /// <summary>Memory at a register plus the offset (<c>BPF_MEM</c>).</summary>
    Mem = 0x60,

    /// <summary>As <see cref="Mem"/>, and the loaded value is sign-extended (<c>BPF_MEMSX</c>, since Linux 6.6).</summary>
    MemSx = 0x80,

    /// <summary>An atomic operation, which the immediate names (<c>BPF_ATOMIC</c>, formerly <c>BPF_XADD</c>).</summary>
    Atomic = 0xc0,
}
