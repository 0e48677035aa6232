namespace EbpfNet.Instructions;

/// <summary>What the constant of a two-slot <c>ld_imm64</c> stands for: its source register field.</summary>
public enum BpfPseudoSource : byte
{
    /// <summary>Itself: a 64-bit number.</summary>
    None = 0,

    /// <summary>A map, by file descriptor in the first immediate (<c>BPF_PSEUDO_MAP_FD</c>).</summary>
    MapFd = 1,

    /// <summary>An address in the value of a map: file descriptor in the first immediate, byte offset in the second (<c>BPF_PSEUDO_MAP_VALUE</c>, since Linux 5.2).</summary>
    MapValue = 2,

    /// <summary>A kernel variable: BTF id in the first immediate, file descriptor of the module's BTF in the second, 0 for vmlinux (<c>BPF_PSEUDO_BTF_ID</c>, since Linux 5.10).</summary>
    BtfId = 3,

    /// <summary>The address of a function of this program, for callbacks: distance in slots from the next slot in the first immediate (<c>BPF_PSEUDO_FUNC</c>, since Linux 5.13).</summary>
    Function = 4,

    /// <summary>A map, by index into the load call's descriptor array (<c>BPF_PSEUDO_MAP_IDX</c>, since Linux 5.14).</summary>
    MapIndex = 5,

    /// <summary>An address in the value of a map, by index into the load call's descriptor array, with the byte offset in the second immediate (<c>BPF_PSEUDO_MAP_IDX_VALUE</c>, since Linux 5.14).</summary>
    MapIndexValue = 6,
}
