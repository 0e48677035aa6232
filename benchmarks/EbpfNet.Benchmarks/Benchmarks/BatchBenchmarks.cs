using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Many elements at once; the time is that of one.</summary>
[BenchmarkGroups]
public class BatchBenchmarks
{
    private const int Elements = 1024;

    private MapWork _work = null!;

    public enum Kind
    {
        Hash,
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
        Kind.Hash => new HashWork(Elements),
        Kind.PerCpuHash => new PerCpuHashWork(Elements),
        Kind.LpmTrie => new LpmWork(Elements),
        Kind.Array => new ArrayWork(Elements),
        _ => new PerCpuArrayWork(Elements),
    };

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Elements), BenchmarkCategory("read")]
    public void ReadInC() => _work.ReadBatch(Peer.Raw, Elements);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Elements), BenchmarkCategory("read")]
    public void ReadInLibbpf() => _work.ReadBatch(Peer.RequiredLibbpf, Elements);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Elements), BenchmarkCategory("read")]
    public void Read() => _work.ReadBatch(Elements);

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = Elements), BenchmarkCategory("write")]
    public void WriteInC() => _work.WriteBatch(Peer.Raw, Elements);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = Elements), BenchmarkCategory("write")]
    public void WriteInLibbpf() => _work.WriteBatch(Peer.RequiredLibbpf, Elements);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Elements), BenchmarkCategory("write")]
    public void Write() => _work.WriteBatch(Elements);
}
