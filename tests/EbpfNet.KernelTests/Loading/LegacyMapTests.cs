using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Maps as they were defined before BTF.</summary>
public sealed class LegacyMapTests : KernelTest
{
    [SkippableTheory]
    [InlineData("legacy_maps")]
    [InlineData("legacy_maps_longer")]
    [InlineData("legacy_maps_sections")]
    public void They_are_created_as_defined(string name)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read(name));
        Assert.Equal((BpfMapType.Hash, 4, 8, 16u, BpfMapFlags.NoPrealloc), Describe(loaded.Maps["first"]));
        Assert.Equal((BpfMapType.Array, 4, 2, 3u, BpfMapFlags.None), Describe(loaded.Maps["second"]));
        loaded.GetHashMap<uint, ulong>("first").Set(0, 1);
        Assert.Equal(1u, loaded.Programs["uses_both"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }

    [SkippableFact]
    public void What_nobody_knows_about_a_map_refuses_it_when_it_is_created()
    {
        BpfObjectSpec spec = TestObjects.Read("legacy_maps_unknown");
        Assert.Contains("map 'second'", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
        spec.Maps["second"].UnknownMembers = default;
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(2, loaded.Maps.Count);
    }

    [SkippableFact]
    public void Maps_of_iproute2_are_shared_by_their_pin_and_filled()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.Read("iproute2_maps");
        var options = new BpfLoadOptions { PinDirectory = pins["globals"] };
        using BpfObject first = BpfObject.Load(spec, options);
        first.GetHashMap<uint, ulong>("shared").Set(0, 5);
        first.GetArray<uint>("inner")[0] = 41;
        using BpfObject second = BpfObject.Load(spec, options);
        Assert.Equal(["globals", "globals/shared"], pins.Entries);
        Assert.Equal(first.Maps["shared"].Id, second.Maps["shared"].Id);
        Assert.Equal(42u, first.Programs["look"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        Assert.Equal(1u, second.Programs["look"].TestRun(new BpfTestRun(new byte[64])).ReturnValue); // An inner map of its own, at 0.
    }

    [SkippableFact]
    public void A_pinning_that_only_iproute2_s_configuration_knows_is_refused()
    {
        BpfObjectSpec spec = TestObjects.Read("iproute2_maps");
        spec.Maps["shared"].Iproute2 = spec.Maps["shared"].Iproute2! with { Pinning = (BpfIproute2Pinning)7 };
        Assert.Contains("number 7", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    private static (BpfMapType Type, int KeySize, int ValueSize, uint MaxEntries, BpfMapFlags Flags) Describe(BpfMap map) =>
        (map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Flags);
}
