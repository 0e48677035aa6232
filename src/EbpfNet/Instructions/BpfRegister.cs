namespace EbpfNet.Instructions;

/// <summary>A register of the eBPF machine (<c>BPF_REG_0</c> to <c>BPF_REG_10</c>). All are 64 bits wide; 32-bit instructions use the lower half and clear the upper one.</summary>
public enum BpfRegister : byte
{
    /// <summary>The result of a call and the return value of the program; changed by every call.</summary>
    R0 = 0,

    /// <summary>First argument; holds the context when a program starts; lost by a call.</summary>
    R1 = 1,

    /// <summary>Second argument; lost by a call.</summary>
    R2 = 2,

    /// <summary>Third argument; lost by a call.</summary>
    R3 = 3,

    /// <summary>Fourth argument; lost by a call.</summary>
    R4 = 4,

    /// <summary>Fifth argument; lost by a call.</summary>
    R5 = 5,

    /// <summary>Kept across calls. <c>BPF_LD_ABS</c> and <c>BPF_LD_IND</c> expect the socket buffer's context here.</summary>
    R6 = 6,

    /// <summary>Kept across calls.</summary>
    R7 = 7,

    /// <summary>Kept across calls.</summary>
    R8 = 8,

    /// <summary>Kept across calls.</summary>
    R9 = 9,

    /// <summary>The frame pointer (<c>BPF_REG_FP</c>), read-only: the end of the 512 bytes of stack of the current function.</summary>
    R10 = 10,

    /// <summary>The kernel's internal scratch register (<c>BPF_REG_AX</c>): no program that is loaded may name it.</summary>
    R11 = 11,
}
