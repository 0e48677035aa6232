namespace EbpfNet;

/// <summary>What the kernel's verifier writes into its log (<c>log_level</c> of <c>BPF_PROG_LOAD</c>).</summary>
[Flags]
public enum BpfVerifierLogLevel
{
    /// <summary>Nothing, unless the program is refused.</summary>
    None = 0,

    /// <summary>The instructions as they are verified, with the state of the registers where it changes (<c>BPF_LOG_LEVEL1</c>).</summary>
    Basic = 1,

    /// <summary>The state of the registers at every instruction, and every path (<c>BPF_LOG_LEVEL2</c>): many megabytes for a large program.</summary>
    Verbose = 2,

    /// <summary>How much work the program was for the verifier (<c>BPF_LOG_STATS</c>, Linux 5.2).</summary>
    Statistics = 4,
}
