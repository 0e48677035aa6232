using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Walking over all elements; the time is that of one.</summary>
[BenchmarkGroups]
public class EnumerationBenchmarks
{
    private const int Elements = 65536;

    private MapWork _work = null!;

    public enum Kind
    {
        Hash,
        PerCpuHash,
        Array,
    }

    [ParamsAllValues]
    public Kind Map { get; set; }

    [GlobalSetup]
    public void Setup() => _work = Map switch
    {
        Kind.Hash => new HashWork(Elements),
        Kind.PerCpuHash => new PerCpuHashWork(Elements),
        _ => new ArrayWork(Elements),
    };

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls, next key and lookup", OperationsPerInvoke = Elements)]
    public ulong WalkInC() => _work.Walk(Peer.Raw, Elements);

    [Benchmark(Baseline = true, Description = "C, libbpf, next key and lookup", OperationsPerInvoke = Elements)]
    public ulong WalkInLibbpf() => _work.Walk(Peer.RequiredLibbpf, Elements);

    [Benchmark(Description = "C, libbpf, batches", OperationsPerInvoke = Elements)]
    public ulong WalkBatchesInLibbpf() => _work.WalkBatches(Peer.RequiredLibbpf, Elements);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Elements)]
    public ulong Enumerate() => _work.Enumerate(Elements);
}
