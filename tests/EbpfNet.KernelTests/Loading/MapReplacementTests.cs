using EbpfNet.Abi;
using EbpfNet.KernelTests.Maps;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Objects that use maps which were there before them.</summary>
public sealed class MapReplacementTests : KernelTest
{
    [SkippableFact]
    public void Two_objects_share_the_maps_that_one_was_given_of_the_other()
    {
        using BpfObject first = BpfObject.Load(TestObjects.Read("mapped"));
        var options = new BpfLoadOptions { MapReplacements = new Dictionary<string, BpfMap> { ["longs"] = first.Maps["longs"], [".bss"] = first.Maps[".bss"] } };
        using (BpfObject second = BpfObject.Load(TestObjects.Read("mapped"), options))
        {
            Assert.Equal(first.Maps["longs"].Id, second.Maps["longs"].Id);
            Assert.NotEqual(first.Maps["words"].Id, second.Maps["words"].Id);
            first.Programs["count"].TestRun(new BpfTestRun(stackalloc byte[64]));
            second.Programs["count"].TestRun(new BpfTestRun(stackalloc byte[64]));
            Assert.Equal(6ul, second.GetArray<ulong>("longs")[1]);
            Assert.Equal(2ul, second.GetVariable<ulong>("runs").Value);
            Assert.Equal(1, second.GetArray<Four>("words")[1].A);
        }

        Assert.Equal(6ul, first.GetArray<ulong>("longs")[1]);
    }

    [SkippableFact]
    public void A_map_unlike_the_definition_is_refused_and_nothing_stays_behind()
    {
        using var other = BpfArray<ulong>.Create("other", 8, BpfMapFlags.Mmapable);
        var options = new BpfLoadOptions { MapReplacements = new Dictionary<string, BpfMap> { ["longs"] = other.Map } };

        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(TestObjects.Read("mapped"), options));

        Assert.Contains("Using map 'other' in place of map 'longs'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("its max_entries is 8 instead of 16", refused.Message, StringComparison.Ordinal);
        options = new BpfLoadOptions { MapReplacements = new Dictionary<string, BpfMap> { ["long"] = other.Map } };
        Assert.Contains("longs", Assert.Throws<KeyNotFoundException>(() => BpfObject.Load(TestObjects.Read("mapped"), options)).Message, StringComparison.Ordinal);
        Assert.Equal(0ul, other[0]);
    }

    [SkippableFact]
    public void What_a_definition_says_besides_sizes_reaches_the_kernel()
    {
        BpfObjectSpec spec = TestObjects.Read("queues");
        BpfMapSpec filter = spec.Maps.Single(map => map.Type == BpfMapType.BloomFilter);
        filter.Extra = 4;
        filter.NumaNode = 0;
        using BpfObject loaded = BpfObject.Load(spec);
        BpfMapInfo info = loaded.Maps[filter.Name].GetInfo();
        Assert.Equal(4ul, info.Extra);
        Assert.Equal(BpfMapFlags.NumaNode, info.Flags & BpfMapFlags.NumaNode);
    }
}
