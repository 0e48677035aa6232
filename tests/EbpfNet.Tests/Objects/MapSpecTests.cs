using EbpfNet.Abi;

namespace EbpfNet.Tests.Objects;

public class MapSpecTests
{
    [Theory]
    [InlineData("hash_map", BpfMapType.Hash, 8, 16, 1024, BpfMapFlags.None)]
    [InlineData("array_map", BpfMapType.Array, 4, 16, 8, BpfMapFlags.None)]
    [InlineData("percpu_array_map", BpfMapType.PerCpuArray, 4, 16, 4, BpfMapFlags.None)]
    [InlineData("lru_percpu_map", BpfMapType.LruPerCpuHash, 8, 16, 128, BpfMapFlags.None)]
    [InlineData("lpm_map", BpfMapType.LpmTrie, 8, 16, 256, BpfMapFlags.NoPrealloc)]
    [InlineData("untyped_map", BpfMapType.Hash, 12, 20, 16, BpfMapFlags.None)]
    public void Maps_are_read_as_defined(string name, BpfMapType type, int keySize, int valueSize, int maxEntries, BpfMapFlags flags)
    {
        BpfObjectSpec spec = TestObjects.Read("maps_basic");
        BpfMapSpec map = spec.Maps[name];

        Assert.Equal((type, keySize, valueSize, (uint)maxEntries, flags), (map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Flags));
        Assert.Equal(name, map.KernelName);
        Assert.True(map.AutoCreate);
        Assert.False(map.IsDataSection);
        Assert.Equal((BpfMapPinning.None, null, null, 0ul), (map.Pinning, map.PinPath, map.NumaNode, map.Extra));
        if (name == "untyped_map")
        {
            Assert.Null(map.KeyTypeId);
            Assert.Null(map.ValueTypeId);
        }
        else
        {
            Assert.Equal((uint)keySize, spec.Btf!.SizeOf(map.KeyTypeId!.Value));
            Assert.Equal("struct counter_value", spec.Btf.Describe(map.ValueTypeId!.Value));
        }
    }

    [Fact]
    public void Pinning_flags_node_and_extra_are_read()
    {
        BpfObjectSpec spec = TestObjects.Read("map_values");
        BpfMapSpec pinned = spec.Maps["pinned"];

        Assert.Equal(BpfMapPinning.ByName, pinned.Pinning);
        Assert.Equal(1, pinned.NumaNode);
        Assert.Equal(BpfMapFlags.NoPrealloc | BpfMapFlags.NumaNode, pinned.Flags);
        Assert.Equal(0x1_0000_0002ul, spec.Maps["extra"].Extra);
    }

    [Fact]
    public void A_map_of_maps_has_the_definition_of_its_inner_maps_and_those_it_starts_with()
    {
        BpfObjectSpec spec = TestObjects.Read("map_values");
        BpfMapSpec outer = spec.Maps["outer"];

        Assert.Equal((4, 4), (outer.KeySize, outer.ValueSize));
        Assert.NotNull(outer.InnerMap);
        Assert.Equal(("outer.inner", BpfMapType.Array, 4, 8, 3u), (outer.InnerMap.Name, outer.InnerMap.Type, outer.InnerMap.KeySize, outer.InnerMap.ValueSize, outer.InnerMap.MaxEntries));
        Assert.NotNull(outer.InnerMap.ValueTypeId);
        Assert.Equal([(0u, spec.Maps["inner_first"]), (2u, spec.Maps["inner_second"])], outer.Slots.Select(s => (s.Index, s.Map!)));
    }

    [Fact]
    public void A_program_array_has_the_programs_it_starts_with()
    {
        BpfObjectSpec spec = TestObjects.Read("map_values");
        BpfMapSpec jumps = spec.Maps["jumps"];

        BpfMapSlot slot = Assert.Single(jumps.Slots);
        Assert.Equal(1u, slot.Index);
        Assert.Same(spec.Programs["tail_call"], slot.Program);
        Assert.Null(jumps.InnerMap);
        Assert.Equal(4, jumps.ValueSize);
    }

    [Theory]
    [InlineData("legacy_maps")]
    [InlineData("legacy_maps_longer")]
    [InlineData("legacy_maps_sections")]
    public void Maps_from_before_btf_are_read(string name)
    {
        BpfObjectSpec spec = TestObjects.Read(name);

        Assert.Equal(["first", "second"], spec.Maps.Names);
        Assert.Equal((BpfMapType.Hash, 4, 8, 16u, BpfMapFlags.NoPrealloc), (spec.Maps["first"].Type, spec.Maps["first"].KeySize, spec.Maps["first"].ValueSize, spec.Maps["first"].MaxEntries, spec.Maps["first"].Flags));
        Assert.Equal((BpfMapType.Array, 4, 2, 3u), (spec.Maps["second"].Type, spec.Maps["second"].KeySize, spec.Maps["second"].ValueSize, spec.Maps["second"].MaxEntries));
        Assert.Equal(["second", "first"], spec.Link("uses_both").Relocations.Select(r => ((EbpfNet.Objects.MapReference)r).Map.Name));
    }

    [Fact]
    public void Static_maps_from_before_btf_are_refused()
    {
        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(() => TestObjects.Read("legacy_maps_static"));

        Assert.Equal("maps", e.Section);
        Assert.Contains("'second': maps must be global", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_definition_from_before_btf_has_behind_its_flags_is_kept()
    {
        Assert.Equal([7, 0, 0, 0], TestObjects.Read("legacy_maps_unknown").Maps["second"].UnknownMembers.ToArray());
        Assert.Equal([0, 0, 0, 0], TestObjects.Read("legacy_maps_longer").Maps["second"].UnknownMembers.ToArray());
        Assert.True(TestObjects.Read("legacy_maps").Maps["second"].UnknownMembers.IsEmpty);
    }

    [Fact]
    public void Maps_in_the_form_of_iproute2_say_where_they_are_pinned_and_what_is_in_them()
    {
        BpfObjectSpec spec = TestObjects.Read("iproute2_maps");

        Assert.Equal(new BpfIproute2Map(1, BpfIproute2Pinning.Global, 0, -1), spec.Maps["shared"].Iproute2);
        Assert.Equal(2, (int)spec.Maps["shared"].Iproute2!.Pinning);
        Assert.Equal((BpfMapType.Hash, 8, 16u, BpfMapFlags.NoPrealloc), (spec.Maps["shared"].Type, spec.Maps["shared"].ValueSize, spec.Maps["shared"].MaxEntries, spec.Maps["shared"].Flags));
        Assert.Equal(BpfIproute2Pinning.Object, spec.Maps["inner"].Iproute2!.Pinning);
        Assert.Same(spec.Maps["inner"], spec.Maps["outer"].InnerMap);
        Assert.Equal((3u, "inner"), (spec.Maps["outer"].Slots.Single().Index, spec.Maps["outer"].Slots.Single().Map!.Name));
        Assert.All(spec.Maps, map => Assert.True(map.UnknownMembers.IsEmpty));
    }

    [Fact]
    public void Sizes_are_never_negative()
    {
        var map = new BpfMapSpec("flows", BpfMapType.Hash, keySize: 4, valueSize: 8);

        Assert.Throws<ArgumentOutOfRangeException>(() => map.KeySize = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => map.ValueSize = -1);
        Assert.Equal((4, 8), (map.KeySize, map.ValueSize));
    }
}
