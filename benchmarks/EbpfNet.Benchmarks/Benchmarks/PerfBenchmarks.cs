using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Reading a perf buffer that was filled before; the time is that of one record.</summary>
[BenchmarkGroups]
[InvocationCount(1)]
public class PerfBenchmarks
{
    private PerfWork _work = null!;

    [GlobalSetup]
    public void Setup() => _work = new PerfWork();

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [IterationSetup(Target = nameof(ConsumeInC))]
    public void FillForC() => _work.Fill(Peer.Raw);

    [IterationSetup(Target = nameof(ConsumeInLibbpf))]
    public void FillForLibbpf() => _work.Fill(Peer.RequiredLibbpf);

    [IterationSetup(Target = nameof(Consume))]
    public void Fill() => _work.Fill(null);

    [Benchmark(Description = "C, bare calls", OperationsPerInvoke = PerfWork.Records)]
    public void ConsumeInC() => _work.Read(Peer.Raw);

    [Benchmark(Baseline = true, Description = "C, libbpf", OperationsPerInvoke = PerfWork.Records)]
    public void ConsumeInLibbpf() => _work.Read(Peer.RequiredLibbpf);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = PerfWork.Records)]
    public void Consume() => _work.Read(null);
}
