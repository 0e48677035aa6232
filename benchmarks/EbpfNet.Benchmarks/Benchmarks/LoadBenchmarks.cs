using BenchmarkDotNet.Attributes;

namespace EbpfNet.Benchmarks;

/// <summary>Opening, loading and closing an object.</summary>
[BenchmarkGroups]
public class LoadBenchmarks
{
    private LoadWork _work = null!;

    [ParamsSource(nameof(AllObjects))]
    public string Object { get; set; } = "";

    public static IEnumerable<string> AllObjects => LoadWork.Names;

    [GlobalSetup]
    public void Setup() => _work = new LoadWork(Object);

    [Benchmark(Baseline = true, Description = "C, libbpf")]
    public void LoadInLibbpf() => _work.Load(Peer.RequiredLibbpf, 1);

    [Benchmark(Description = "EbpfNet")]
    public void Load() => _work.Load(1);
}
