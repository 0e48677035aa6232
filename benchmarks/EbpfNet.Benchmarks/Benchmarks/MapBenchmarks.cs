using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Single operations on maps of each kind.</summary>
[BenchmarkGroups]
public class MapBenchmarks
{
    private const int Operations = 1024;

    private MapWork _work = null!;

    public enum Kind
    {
        Hash,
        LruHash,
        PerCpuHash,
        LpmTrie,
        Array,
        PerCpuArray,
    }

    [ParamsAllValues]
    public Kind Map { get; set; }

    [GlobalSetup]
    public void Setup() => _work = Map switch
    {
        Kind.Hash => new HashWork(Operations),
        Kind.LruHash => new HashWork(Operations, lru: true),
        Kind.PerCpuHash => new PerCpuHashWork(Operations),
        Kind.LpmTrie => new LpmWork(Operations),
        Kind.Array => new ArrayWork(Operations),
        _ => new PerCpuArrayWork(Operations),
    };

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Operations), BenchmarkCategory("lookup")]
    public ulong LookupInC() => _work.Lookup(Peer.Raw, Operations);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Operations), BenchmarkCategory("lookup")]
    public ulong LookupInLibbpf() => _work.Lookup(Peer.RequiredLibbpf, Operations);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Operations), BenchmarkCategory("lookup")]
    public ulong Lookup() => _work.Lookup(Operations);

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Operations), BenchmarkCategory("update")]
    public void UpdateInC() => _work.Update(Peer.Raw, Operations);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Operations), BenchmarkCategory("update")]
    public void UpdateInLibbpf() => _work.Update(Peer.RequiredLibbpf, Operations);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Operations), BenchmarkCategory("update")]
    public void Update() => _work.Update(Operations);
}
