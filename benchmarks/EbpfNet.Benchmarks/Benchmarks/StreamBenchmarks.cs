using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Reading a ring buffer while a program on another CPU fills it; the time is that of one record.</summary>
[BenchmarkGroups]
public class StreamBenchmarks
{
    private const int Records = 100_000;

    private RingStream _stream = null!;

    [GlobalSetup]
    public void Setup() => _stream = new RingStream(Cpus.BesideThisOne());

    [GlobalCleanup]
    public void Cleanup() => _stream.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Records)]
    public void FollowInC() => _stream.Follow(Peer.Raw, Records);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Records)]
    public void FollowInLibbpf() => _stream.Follow(Peer.RequiredLibbpf, Records);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Records)]
    public void Follow() => _stream.Follow(Records);
}
