using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Reading a ring buffer that is full; the time is that of all its records.</summary>
[BenchmarkGroups]
public class RingBenchmarks
{
    private RingWork _work = null!;

    [Params(64, 2048)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup() => _work = new RingWork(isLarge: Bytes != 64);

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Description = "C, bare calls")]
    public void ConsumeInC() => _work.Consume(Peer.Raw, _work.Records);

    [Benchmark(Baseline = true, Description = "C, libbpf")]
    public void ConsumeInLibbpf() => _work.Consume(Peer.RequiredLibbpf, _work.Records);

    [Benchmark(Description = "EbpfNet, struct handler")]
    public void Consume() => _work.Consume(_work.Records);

    [Benchmark(Description = "EbpfNet, delegate")]
    public void ConsumeByDelegate() => _work.ConsumeByDelegate(_work.Records);

    [Benchmark(Description = "EbpfNet, pipe")]
    public void ConsumeByPipe() => _work.ConsumeByPipe(_work.Records);

    [Benchmark(Description = "EbpfNet, await foreach")]
    public void Enumerate() => _work.Enumerate(_work.Records);
}
