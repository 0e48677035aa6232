using EbpfNet.Abi;

namespace EbpfNet.Tests.Objects;

public class MapDefinitionTests
{
    private readonly MapDefinitionImage _image = new();

    [Fact]
    public void Numbers_and_types_are_read_from_what_members_point_to()
    {
        _image.Number("type", 1).Number("max_entries", uint.MaxValue).Number("map_flags", 0x1001);
        _image.Member("key", _image.Pointer(_image.Int)).Member("value", _image.Pointer(_image.Array(_image.Int, 5)));

        BpfMapSpec map = _image.Read();

        Assert.Equal((BpfMapType.Hash, uint.MaxValue, (BpfMapFlags)0x1001, 4, 20), (map.Type, map.MaxEntries, map.Flags, map.KeySize, map.ValueSize));
    }

    [Fact]
    public void A_size_may_be_given_twice_if_it_is_the_same()
    {
        _image.Number("type", 1).Number("key_size", 4).Member("key", _image.Pointer(_image.Int));

        Assert.Equal(4, _image.Read().KeySize);
    }

    [Fact]
    public void A_member_that_means_nothing_is_refused_by_name() =>
        AssertRefused(_image.Number("type", 1).Number("max_entires", 1), "'max_entires'");

    [Fact]
    public void A_map_without_a_type_is_refused() => AssertRefused(_image.Number("max_entries", 1), "does not say the map's type");

    [Fact]
    public void A_member_with_an_initial_value_of_its_own_is_refused() =>
        AssertRefused(_image.Number("type", 1).Member("max_entries", _image.Int), "'max_entries' is of type 'int'");

    [Fact]
    public void Contradicting_sizes_are_refused() =>
        AssertRefused(_image.Number("type", 1).Number("key_size", 8).Member("key", _image.Pointer(_image.Int)), "'key' says 4 bytes, but another member said 8");

    [Fact]
    public void A_size_beyond_31_bits_is_refused() => AssertRefused(_image.Number("type", 1).Number("value_size", 0x8000_0000), "'value_size' says 2147483648");

    [Fact]
    public void A_type_without_a_size_is_refused() => AssertRefused(_image.Number("type", 1).Member("value", _image.Pointer(0)), "which has no size");

    [Fact]
    public void A_key_that_is_no_pointer_is_refused() => AssertRefused(_image.Number("type", 1).Member("key", _image.Int), "__type(key, ...)");

    [Fact]
    public void A_pinning_that_is_not_known_is_refused() => AssertRefused(_image.Number("type", 1).Number("pinning", 2), "'pinning' is 2");

    [Fact]
    public void Static_maps_are_refused()
    {
        _image.Linkage = 0;
        AssertRefused(_image.Number("type", 1), "must be global variables");
    }

    [Fact]
    public void A_map_that_is_no_struct_is_refused()
    {
        uint variable = _image.Add("map", 14, 0, _image.Int, 1);
        _image.Add(".maps", 15, 1, 0, variable, 0, 64);
        _image.WithDataSection = false;

        AssertRefused(_image, "the variable is of type 'int'");
    }

    [Fact]
    public void Maps_that_btf_does_not_describe_are_refused()
    {
        _image.WithDataSection = false;
        AssertRefused(_image.Number("type", 1), ".BTF does not describe it");
    }

    [Theory]
    [InlineData(0u, 48u, "gives the variable 'map' 48 bytes, but its symbol has 64")]
    [InlineData(8u, 64u, "has the variable 'map' at 0x8, but its symbol is at 0x0")]
    public void Btf_that_disagrees_with_the_symbol_table_is_refused(uint offset, uint size, string problem)
    {
        (_image.VariableOffset, _image.VariableSize) = (offset, size);
        AssertRefused(_image.Number("type", 1), problem);
    }

    [Fact]
    public void Values_have_to_come_last() =>
        AssertRefused(_image.Number("type", 12).Member("values", Values()).Number("max_entries", 1), "'values' is not the last one");

    [Fact]
    public void Values_are_for_maps_of_maps_and_program_arrays() => AssertRefused(_image.Number("type", 1).Member("values", Values()), "BPF_MAP_TYPE_HASH");

    [Theory]
    [InlineData(8u)]
    [InlineData(1u)]
    public void Values_have_four_bytes(uint size) =>
        AssertRefused(_image.Number("type", 12).Number("value_size", size).Member("values", Values()), $"the value size is {size}");

    [Fact]
    public void Values_of_a_given_size_of_four_or_none_are_read()
    {
        Assert.Equal(4, _image.Number("type", 12).Number("value_size", 0).Member("values", Values()).Read().ValueSize);
    }

    [Fact]
    public void Values_of_a_program_array_point_to_functions() =>
        AssertRefused(_image.Number("type", 3).Member("values", Values()), "must point to functions");

    [Fact]
    public void Values_are_an_array_without_a_length() =>
        AssertRefused(_image.Number("type", 12).Member("values", _image.Array(_image.Pointer(Inner()), 3)), "without a length");

    [Fact]
    public void Inner_maps_cannot_be_pinned_or_hold_maps()
    {
        uint one = _image.Pointer(_image.Array(_image.Int, 1));
        AssertRefused(_image.Number("type", 12).Member("values", Values(("pinning", one))), "inner map cannot be pinned");

        MapDefinitionImage nested = new();
        uint type = nested.Pointer(nested.Array(nested.Int, 12));
        uint innermost = nested.Array(nested.Pointer(nested.Struct(("type", type))), 0);
        uint inner = nested.Array(nested.Pointer(nested.Struct(("type", type), ("values", innermost))), 0);
        AssertRefused(nested.Number("type", 12).Member("values", inner), "nest only once");
    }

    [Fact]
    public void A_reference_outside_the_initial_values_is_refused()
    {
        // In the prebuilt object the first relocation of .maps fills slot 0 of 'outer'; here it is moved into the member before.
        byte[] image = TestObjects.Bytes("map_values");
        int place = image.AsSpan().LastIndexOf(new byte[] { 0x58, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0 });
        image[place] = 0x50;

        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(image));

        Assert.Equal((".maps", 0x50L), (e.Section, e.Offset));
        Assert.Contains("'inner_first' stands where no map has initial values", e.Message, StringComparison.Ordinal);
    }

    private uint Inner(params (string Name, uint Type)[] more) => _image.Struct([("type", _image.Pointer(_image.Array(_image.Int, 2))), .. more]);

    private uint Values(params (string Name, uint Type)[] more) => _image.Array(_image.Pointer(Inner(more)), 0);

    private static void AssertRefused(MapDefinitionImage image, string problem)
    {
        BpfObjectFormatException e = image.Refusal();

        Assert.Equal(".maps", e.Section);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }
}
