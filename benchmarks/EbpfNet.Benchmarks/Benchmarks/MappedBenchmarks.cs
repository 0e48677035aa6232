using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Reading an array's memory; the time is that of one element.</summary>
[BenchmarkGroups]
public class MappedBenchmarks
{
    private const int Elements = 1 << 20;

    private MappedWork _work = null!;

    [GlobalSetup]
    public void Setup() => _work = new MappedWork();

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Elements)]
    public void ReadInC() => _work.Read(Peer.Raw, Elements);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Elements)]
    public void ReadInLibbpf() => _work.Read(Peer.RequiredLibbpf, Elements);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Elements)]
    public void Read() => _work.Read(Elements);
}
