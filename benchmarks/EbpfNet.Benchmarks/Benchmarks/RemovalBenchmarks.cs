using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Removing an element and adding it again.</summary>
[BenchmarkGroups]
public class RemovalBenchmarks
{
    private const int Operations = 1024;

    private MapWork _work = null!;

    public enum Kind
    {
        Hash,
        LruHash,
        PerCpuHash,
        LpmTrie,
    }

    [ParamsAllValues]
    public Kind Map { get; set; }

    [GlobalSetup]
    public void Setup() => _work = Map switch
    {
        Kind.Hash => new HashWork(Operations),
        Kind.LruHash => new HashWork(Operations, lru: true),
        Kind.PerCpuHash => new PerCpuHashWork(Operations),
        _ => new LpmWork(Operations),
    };

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Operations)]
    public void ReplaceInC() => _work.Replace(Peer.Raw, Operations);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Operations)]
    public void ReplaceInLibbpf() => _work.Replace(Peer.RequiredLibbpf, Operations);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Operations)]
    public void Replace() => _work.Replace(Operations);
}
