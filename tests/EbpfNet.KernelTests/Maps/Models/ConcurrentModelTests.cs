using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>Each kind of map beside a model of it, under random operations of several threads at once.</summary>
public sealed class ConcurrentModelTests : KernelTest
{
    [SkippableTheory]
    [InlineData(BpfMapFlags.None, true)]
    [InlineData(BpfMapFlags.None, false)]
    [InlineData(BpfMapFlags.NoPrealloc, true)]
    [InlineData(BpfMapFlags.NoPrealloc, false)]
    public void Hash_tables(BpfMapFlags flags, bool batches) => ModelledMap.Check(() => new HashModel(flags, batches));

    [SkippableTheory]
    [InlineData(BpfMapFlags.None)]
    [InlineData(BpfMapFlags.NoCommonLru)]
    public void LRU_hash_tables(BpfMapFlags flags) => ModelledMap.Check(() => new LruModel(flags));

    [SkippableTheory]
    [InlineData(BpfMapFlags.None, true)]
    [InlineData(BpfMapFlags.NoPrealloc, false)]
    public void Per_CPU_hash_tables(BpfMapFlags flags, bool batches) => ModelledMap.Check(() => new PerCpuHashModel(flags, batches));

    [SkippableTheory]
    [InlineData(BpfMapFlags.None, true)]
    [InlineData(BpfMapFlags.None, false)]
    [InlineData(BpfMapFlags.Mmapable, true)]
    public void Arrays(BpfMapFlags flags, bool batches) => ModelledMap.Check(() => new ArrayModel(flags, batches));

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Per_CPU_arrays(bool batches) => ModelledMap.Check(() => new PerCpuArrayModel(batches));

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tries(bool batches) => ModelledMap.Check(() => new TrieModel(batches));

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Queues_and_stacks(bool stack) => ModelledMap.Check(() => new QueueModel(stack));

    [SkippableFact]
    public void Bloom_filters() => ModelledMap.Check(() => new BloomFilterModel());

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Maps_of_maps(bool array)
    {
        using var one = BpfArray<long>.Create("inner_one", 2);
        using var other = BpfArray<long>.Create("inner_other", 2);

        // The kernel waits for all CPUs after each change.
        ModelledMap.Check(() => new MapOfMapsModel([one.Map, other.Map], array), runs: 4, size: 20);
    }

    [SkippableFact]
    public void Program_arrays()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("references"));
        ModelledMap.Check(() => new ProgramArrayModel([loaded.Programs["ten"], loaded.Programs["twenty"]]), runs: 8, size: 40);
    }
}
