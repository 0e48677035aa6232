using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using EbpfNet.Abi;

namespace EbpfNet.Benchmarks;

/// <summary>Single map operations: EbpfNet's views beside a C loop over the bare <c>bpf()</c> call.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)]
[CategoriesColumn]
public class MapBenchmarks
{
    private const int Operations = 1000;

    private MapWork _work = null!;

    [Params(BpfMapType.Hash, BpfMapType.Array)]
    public BpfMapType Map { get; set; }

    [GlobalSetup]
    public void Setup() => _work = new MapWork(Map);

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Baseline = true, Description = "C, bare bpf()", OperationsPerInvoke = Operations), BenchmarkCategory("lookup")]
    public void LookupInC() => _work.LookupInC(Operations);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Operations), BenchmarkCategory("lookup")]
    public void Lookup() => _work.Lookup(Operations);

    [Benchmark(Baseline = true, Description = "C, bare bpf()", OperationsPerInvoke = Operations), BenchmarkCategory("update")]
    public void UpdateInC() => _work.UpdateInC(Operations);

    [Benchmark(Description = "EbpfNet", OperationsPerInvoke = Operations), BenchmarkCategory("update")]
    public void Update() => _work.Update(Operations);
}
