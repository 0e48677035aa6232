namespace EbpfNet;

/// <summary>The input of <see cref="BpfProgram.TestRun"/>, and the room for its output.</summary>
public ref struct BpfTestRun
{
    /// <summary>An input without data, run once.</summary>
    public BpfTestRun()
    {
    }

    /// <summary>A packet, run once.</summary>
    /// <param name="data">The packet, from its link-layer header on.</param>
    public BpfTestRun(ReadOnlySpan<byte> data) => Data = data;

    /// <summary>The packet (<c>data_in</c>): at least 14 bytes, an Ethernet header, for XDP and tc programs.</summary>
    public ReadOnlySpan<byte> Data { get; set; }

    /// <summary>Where the packet is written as the program left it (<c>data_out</c>); empty when it is not wanted.</summary>
    public Span<byte> Output { get; set; }

    /// <summary>
    /// The program's context (<c>ctx_in</c>): <see cref="EbpfNet.Abi.XdpMd"/>, <see cref="EbpfNet.Abi.SkBuffContext"/>, the arguments of a raw tracepoint as 8 bytes each, or the kind's own.
    /// <see cref="BpfProgram.TestRun{TContext}"/> takes it as a struct.
    /// </summary>
    public ReadOnlySpan<byte> Context { get; set; }

    /// <summary>Where the context is written as the program left it (<c>ctx_out</c>).</summary>
    public Span<byte> ContextOutput { get; set; }

    /// <summary>
    /// How often the program is run on the same input; 1 when not set. A signal to the thread makes the kernel give up, and the run begins anew: what the program itself counts may then be more.
    /// <see cref="LiveFrames"/> are not sent again: a signal ends such a run with EINTR.
    /// </summary>
    public int Repeat { get; set; } = 1;

    /// <summary>The CPU to run on (<c>BPF_F_TEST_RUN_ON_CPU</c>, raw tracepoint programs only); <see langword="null"/> for the current one.</summary>
    public int? Cpu { get; set; }

    /// <summary>
    /// Whether the frames are real ones (<c>BPF_F_TEST_XDP_LIVE_FRAMES</c>; XDP programs only, Linux 5.18): what the program decides of each of the <see cref="Repeat"/> copies is done. Those that it passes are
    /// received as if by the interface of the context, those that it redirects or sends back go out: a traffic generator. There is no output then, nor is what the program returned told.
    /// </summary>
    public bool LiveFrames { get; set; }

    /// <summary>How many frames are handled at a time in <see cref="LiveFrames"/> mode, 256 at most (<c>batch_size</c>); 0 leaves it to the kernel, which takes 64.</summary>
    public int BatchSize { get; set; }

    /// <summary>
    /// Whether the packet counts as one whose checksum the device has computed (<c>BPF_F_TEST_SKB_CHECKSUM_COMPLETE</c>; Linux 6.16). The kernel then checks that the program has kept it true, and refuses
    /// with EBADMSG where it did not: a test of <c>bpf_l4_csum_replace</c> and the like.
    /// </summary>
    public bool ChecksumComplete { get; set; }
}

/// <summary>What came out of <see cref="BpfProgram.TestRun"/>.</summary>
/// <param name="ReturnValue">What the program returned; for XDP a value of <see cref="EbpfNet.Abi.XdpAction"/>.</param>
/// <param name="Duration">The mean time of one run, which the kernel tells in whole nanoseconds.</param>
/// <param name="OutputLength">The length in bytes of the packet as the program left it.</param>
/// <param name="ContextOutputLength">The length in bytes of the context that was written.</param>
public readonly record struct BpfTestRunResult(uint ReturnValue, TimeSpan Duration, int OutputLength, int ContextOutputLength)
{
    /// <summary>The mean time of one run in nanoseconds, as the kernel measured it (<see cref="TimeSpan"/> holds no less than 100).</summary>
    public uint DurationNanoseconds { get; init; }
}
