using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;

namespace EbpfNet.Benchmarks;

/// <summary>What all classes here have in common: C and EbpfNet are compared within a kind of work, with what they allocate.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class BenchmarkGroupsAttribute : Attribute, IConfigSource
{
    public IConfig Config { get; } = ManualConfig.CreateEmpty()
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumn(BenchmarkDotNet.Columns.CategoriesColumn.Default)
        .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams);
}
