using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>
/// Records that a sleeping reader on another CPU gets one by one. The time is that of a record with the pause before it; what passes between submit and
/// handler alone stands in the table of ratios.
/// </summary>
[BenchmarkGroups]
public class LatencyBenchmarks
{
    private RingLatency _latency = null!;

    [GlobalSetup]
    public void Setup() => _latency = new RingLatency(Cpus.BesideThisOne());

    [GlobalCleanup]
    public void Cleanup() => _latency.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = RingLatency.Records)]
    public void InC() => _latency.Run(Peer.Raw);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = RingLatency.Records)]
    public void InLibbpf() => _latency.Run(Peer.RequiredLibbpf);

    [Benchmark(Description = "EbpfNet, Wait", OperationsPerInvoke = RingLatency.Records)]
    public void ByWait() => _latency.ByWait();

    [Benchmark(Description = "EbpfNet, WaitAsync", OperationsPerInvoke = RingLatency.Records)]
    public void ByWaitAsync() => _latency.ByWaitAsync();
}
