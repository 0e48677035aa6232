namespace EbpfNet.Abi;

/// <summary>How a program is loaded (<c>BPF_PROG_LOAD</c>'s <c>prog_flags</c>).</summary>
[Flags]
public enum BpfProgramFlags : uint
{
    /// <summary>No flags.</summary>
    None = 0,

    /// <summary>The verifier insists on aligned access, whatever the processor allows. <c>BPF_F_STRICT_ALIGNMENT</c>, Linux 4.12.</summary>
    StrictAlignment = 1u << 0,

    /// <summary>The verifier allows unaligned access, whatever the processor demands: for tests. <c>BPF_F_ANY_ALIGNMENT</c>, Linux 5.0.</summary>
    AnyAlignment = 1u << 1,

    /// <summary>Fills unused upper register halves with random bits: for tests of the kernel. <c>BPF_F_TEST_RND_HI32</c>, Linux 5.3.</summary>
    TestRandomHigh32 = 1u << 2,

    /// <summary>The verifier saves its state far more often: for tests of the kernel. <c>BPF_F_TEST_STATE_FREQ</c>, Linux 5.4.</summary>
    TestStateFrequency = 1u << 3,

    /// <summary>The program may sleep, and may only be attached where that is allowed. <c>BPF_F_SLEEPABLE</c>, Linux 5.10.</summary>
    Sleepable = 1u << 4,

    /// <summary>An XDP program that copes with packets in several fragments. <c>BPF_F_XDP_HAS_FRAGS</c>, Linux 5.18.</summary>
    XdpHasFrags = 1u << 5,

    /// <summary>An XDP program bound to one device, whose metadata it may read, yet not offloaded to it. <c>BPF_F_XDP_DEV_BOUND_ONLY</c>, Linux 6.3.</summary>
    XdpDevBoundOnly = 1u << 6,

    /// <summary>The verifier fails on register bounds that contradict each other: for tests of the kernel. <c>BPF_F_TEST_REG_INVARIANTS</c>, Linux 6.8.</summary>
    TestRegInvariants = 1u << 7,

    /// <summary>A BPF token's file descriptor is given. <c>BPF_F_TOKEN_FD</c>, Linux 6.9.</summary>
    TokenFd = 1u << 16,
}
