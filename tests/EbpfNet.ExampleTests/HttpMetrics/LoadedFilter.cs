using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>http_packets, loaded and attached to nothing: packets go through it with <c>BPF_PROG_TEST_RUN</c>.</summary>
internal static class LoadedFilter
{
    internal static HttpMetricsProgram Load(Action<Spec>? change = null)
    {
        Spec spec = ReadSpec();
        spec.HasEthernet = 0; // in test runs, the kernel gives socket filters their packets without it
        foreach (BpfProgramSpec program in spec.Object.Programs)
        {
            program.AutoLoad = program.Type == Abi.BpfProgramType.SocketFilter;
        }

        change?.Invoke(spec);
        return HttpMetricsProgram.Load(spec);
    }

    internal static void Run(this HttpMetricsProgram program, params ReadOnlySpan<HttpSegment> segments)
    {
        foreach (HttpSegment segment in segments)
        {
            program.HttpPackets.TestRun(new BpfTestRun(segment.ToFrame()));
        }
    }
}
