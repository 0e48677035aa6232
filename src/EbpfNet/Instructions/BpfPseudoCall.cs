namespace EbpfNet.Instructions;

/// <summary>Whom a call instruction calls: its source register field.</summary>
public enum BpfPseudoCall : byte
{
    /// <summary>A helper of the kernel; the immediate is its number.</summary>
    Helper = 0,

    /// <summary>A function of this program; the immediate is the distance in slots from the next slot (<c>BPF_PSEUDO_CALL</c>, since Linux 4.16).</summary>
    Function = 1,

    /// <summary>A kernel function; the immediate is its BTF id, the offset says whose BTF: 0 for vmlinux, else an index into the load call's descriptor array (<c>BPF_PSEUDO_KFUNC_CALL</c>, since Linux 5.13).</summary>
    Kfunc = 2,
}
