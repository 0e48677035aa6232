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

    /// <summary>The program's context (<c>ctx_in</c>): <c>struct xdp_md</c>, <c>struct __sk_buff</c> or the kind's own.</summary>
    public ReadOnlySpan<byte> Context { get; set; }

    /// <summary>Where the context is written as the program left it (<c>ctx_out</c>).</summary>
    public Span<byte> ContextOutput { get; set; }

    /// <summary>How often the program is run on the same input; 1 when not set.</summary>
    public int Repeat { get; set; } = 1;

    /// <summary>The CPU to run on (<c>BPF_F_TEST_RUN_ON_CPU</c>, raw tracepoint programs only); <see langword="null"/> for the current one.</summary>
    public int? Cpu { get; set; }
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
