namespace EbpfNet.Instructions;

/// <summary>How much memory a load or store touches: bits 3 and 4 of the opcode (<c>BPF_SIZE</c>).</summary>
public enum BpfSize : byte
{
    /// <summary>4 bytes (<c>BPF_W</c>).</summary>
    Word = 0x00,

    /// <summary>2 bytes (<c>BPF_H</c>).</summary>
    Half = 0x08,

    /// <summary>1 byte (<c>BPF_B</c>).</summary>
    Byte = 0x10,

    /// <summary>8 bytes (<c>BPF_DW</c>).</summary>
    DoubleWord = 0x18,
}
