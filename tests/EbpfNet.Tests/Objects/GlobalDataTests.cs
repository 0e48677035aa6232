using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Objects;
using EbpfNet.Tests.Elf;

namespace EbpfNet.Tests.Objects;

public class GlobalDataTests
{
    private readonly BpfObjectSpec _spec = TestObjects.Read("globals");

    private readonly record struct Settings(uint Rate, ushort Port, byte Flag, byte Reserved, ulong Limit);

    [Theory]
    [InlineData(".rodata", "globals.rodata", BpfMapFlags.ReadOnlyProgram | BpfMapFlags.Mmapable, true)]
    [InlineData(".rodata.custom", ".rodata.custom", BpfMapFlags.ReadOnlyProgram | BpfMapFlags.Mmapable, true)]
    [InlineData(".data", "globals.data", BpfMapFlags.Mmapable, false)]
    [InlineData(".bss", "globals.bss", BpfMapFlags.Mmapable, false)]
    [InlineData(".bss.custom", ".bss.custom", BpfMapFlags.Mmapable, false)]
    public void Each_section_becomes_an_array_of_one_value(string name, string kernelName, BpfMapFlags flags, bool frozen)
    {
        BpfMapSpec map = _spec.Maps[name];

        Assert.Equal((BpfMapType.Array, 4, 1u), (map.Type, map.KeySize, map.MaxEntries));
        Assert.Equal((kernelName, flags, frozen), (map.KernelName, map.Flags, map.IsFrozen));
        Assert.True(map.IsDataSection);
        Assert.Null(map.KeyTypeId);
        Assert.Equal(name, _spec.Btf!.Get<BtfDataSection>(map.ValueTypeId!.Value).Name);
        Assert.Equal(name.StartsWith(".bss", StringComparison.Ordinal) ? 0 : map.ValueSize, map.InitialValue.Length);
    }

    [Fact]
    public void Variables_are_those_that_other_code_may_see()
    {
        Assert.Contains("ro_weak", _spec.Variables.Names);
        Assert.Contains("data_weak", _spec.Variables.Names);
        Assert.DoesNotContain(_spec.Variables.Names, name => name.Contains("static", StringComparison.Ordinal) || name.Contains("hidden", StringComparison.Ordinal) || name.StartsWith('.'));
        Assert.DoesNotContain("_license", _spec.Variables.Names);
    }

    [Fact]
    public void Variables_have_the_values_types_and_places_of_their_definitions()
    {
        Assert.Equal(1600, _spec.Variables["ro_u16"].GetValue<ushort>());
        Assert.Equal(6400000000ul, _spec.Variables["ro_u64"].GetValue<ulong>());
        Assert.Equal(-5, _spec.Variables["ro_negative"].GetValue<int>());
        Assert.True(_spec.Variables["ro_bool"].GetValue<bool>());
        Assert.Equal("hello\0"u8, _spec.Variables["ro_text"].InitialValue[..6]);
        Assert.Equal(new Settings(20, 8080, 0, 0, 2000), _spec.Variables["data_settings"].GetValue<Settings>());
        Assert.Equal(0ul, _spec.Variables["bss_runs"].GetValue<ulong>());
        Assert.Equal(".bss", _spec.Variables["bss_runs"].SectionName);
        Assert.True(_spec.Variables["ro_u8"].IsConstant);
        Assert.False(_spec.Variables["data_u8"].IsConstant);
        Assert.Equal(20, _spec.Variables["bss_array"].Size);
        Assert.Equal("struct settings", _spec.Btf!.Describe(_spec.Variables["bss_settings"].TypeId!.Value));
    }

    [Theory]
    [InlineData("ro_u32")]
    [InlineData("data_u32")]
    [InlineData("bss_custom")]
    public void Setting_a_variable_changes_its_section_and_nothing_beside_it(string name)
    {
        BpfVariableSpec variable = _spec.Variables[name];
        byte[] expected = variable.Map.InitialValue.IsEmpty ? new byte[variable.Map.ValueSize] : variable.Map.InitialValue.ToArray();
        BitConverter.TryWriteBytes(expected.AsSpan(variable.Offset), 0xa1b2c3d4u);

        variable.SetValue(0xa1b2c3d4u);

        Assert.Equal(0xa1b2c3d4u, variable.GetValue<uint>());
        Assert.Equal(expected, variable.Map.InitialValue.ToArray());
    }

    [Fact]
    public void Setting_a_variable_does_not_touch_the_file_or_another_spec_of_it()
    {
        byte[] image = TestObjects.Bytes("globals");
        BpfObjectSpec first = BpfObjectSpec.Parse(image);
        first.Variables["data_u64"].SetValue(99ul);

        Assert.Equal(TestObjects.Bytes("globals"), image);
        Assert.Equal(4ul, BpfObjectSpec.Parse(image).Variables["data_u64"].GetValue<ulong>());
    }

    [Fact]
    public void A_value_of_another_size_is_refused_naming_both_sizes()
    {
        BpfLayoutException e = Assert.Throws<BpfLayoutException>(() => _spec.Variables["ro_u32"].SetValue(1ul));
        Assert.Equal((8, 4), (e.ActualOffset, e.ExpectedOffset));
        Assert.Contains("takes 8 bytes", e.Message, StringComparison.Ordinal);
        Assert.Contains("takes 4", e.Message, StringComparison.Ordinal);

        Assert.Throws<BpfLayoutException>(() => _spec.Variables["ro_u32"].GetValue<ushort>());
        Assert.Contains("4 bytes, but 3", Assert.Throws<ArgumentException>(() => _spec.Variables["ro_u32"].SetValue([1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Equal(320000u, _spec.Variables["ro_u32"].GetValue<uint>());
    }

    [Fact]
    public void A_section_can_be_replaced_as_a_whole_only_by_one_of_its_size()
    {
        BpfMapSpec map = _spec.Maps[".data.custom"];
        map.InitialValue = new byte[] { 1, 0, 0, 0 };

        Assert.Equal(1u, _spec.Variables["data_custom"].GetValue<uint>());
        Assert.Throws<ArgumentException>(() => map.InitialValue = new byte[3]);
        Assert.Throws<InvalidOperationException>(() => map.ValueSize = 8);
        Assert.Throws<InvalidOperationException>(() => new BpfMapSpec("m", BpfMapType.Array, 4, 4, 1).InitialValue = new byte[4]);
    }

    [Fact]
    public void The_layout_for_the_kernel_has_offsets_in_order_and_hidden_variables()
    {
        DataSectionLayout layout = _spec.DataSections.Single(l => l.Section == _spec.Maps[".data"].ValueTypeId);

        Assert.Equal((uint)_spec.Maps[".data"].ValueSize, layout.Size);
        Assert.All(layout.Entries.Zip(layout.Entries.Skip(1)), pair => Assert.True(pair.First.Offset + pair.First.Size <= pair.Second.Offset));
        Assert.Equal("data_hidden", _spec.Btf!.Get<BtfVariable>(Assert.Single(layout.HiddenVariables)).Name);
        foreach (BtfSectionEntry entry in layout.Entries)
        {
            string name = _spec.Btf.Get<BtfVariable>(entry.Variable).Name;
            if (_spec.Variables.TryGetValue(name, out BpfVariableSpec? variable))
            {
                Assert.Equal((variable.Offset, variable.Size), ((int)entry.Offset, (int)entry.Size));
            }
        }
    }

    [Fact]
    public void Variables_of_address_space_1_are_in_the_arena()
    {
        BpfObjectSpec spec = TestObjects.Read("arena");
        BpfMapSpec arena = spec.Maps["arena"];

        Assert.Equal(["head", "pool", "step", "sum", "used"], spec.Variables.Names.Order(StringComparer.Ordinal));
        Assert.Same(arena, spec.Variables["step"].Map);
        Assert.Equal((".addr_space.1", 10ul, false), (spec.Variables["step"].SectionName, spec.Variables["step"].GetValue<ulong>(), spec.Variables["step"].IsConstant));
        Assert.Equal(9600, spec.Variables["pool"].Size);
        spec.Variables["step"].SetValue(77ul);
        Assert.Equal(77, arena.InitialValue.Span[spec.Variables["step"].Offset]);
        Assert.False(arena.IsDataSection);
        Assert.Throws<ArgumentException>(() => arena.InitialValue = new byte[3]);
        arena.InitialValue = new byte[arena.InitialValue.Length];
        Assert.Equal(0ul, spec.Variables["step"].GetValue<ulong>());
    }

    [Fact]
    public void Variables_in_an_arena_need_an_arena()
    {
        ElfImage image = new();
        image.AddSection(".addr_space.1", new byte[8], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Write);

        BpfObjectFormatException refused = Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(image.Build()));

        Assert.Equal(".addr_space.1", refused.Section);
        Assert.Contains("no map of type BPF_MAP_TYPE_ARENA", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_of_nothing_but_constants_is_not_mapped()
    {
        ElfImage image = new();
        image.AddSection(".rodata.cst32", new byte[32]);
        image.AddSection(".data", []);

        BpfMapSpec map = Assert.Single(BpfObjectSpec.Parse(image.Build()).Maps);

        Assert.Equal((".rodata.cst32", 32, BpfMapFlags.ReadOnlyProgram), (map.Name, map.ValueSize, map.Flags));
    }

    [Fact]
    public void A_zeroed_section_takes_no_memory_until_it_is_changed()
    {
        ElfImage image = new();
        int bss = image.AddSection(".bss", [], ElfSectionType.NoBits);
        image[bss].Size = int.MaxValue;
        image.AddSymbol("big", bss, 0x1000, 8);

        BpfObjectSpec spec = BpfObjectSpec.Parse(image.Build());

        Assert.Equal(int.MaxValue, spec.Maps[".bss"].ValueSize);
        Assert.Equal(0ul, spec.Variables["big"].GetValue<ulong>());
        Assert.True(spec.Maps[".bss"].InitialValue.IsEmpty);
    }

    [Theory]
    [InlineData(0x8000_0000, 0, 4, ".bss")]
    [InlineData(16, 16, 1, ".bss")]
    [InlineData(16, -8, 16, ".bss")]
    [InlineData(16, 8, -4, ".bss")]
    public void Sections_too_large_and_variables_beyond_their_section_are_refused(long size, long value, long symbolSize, string section)
    {
        ElfImage image = new();
        int bss = image.AddSection(".bss", [], ElfSectionType.NoBits);
        image[bss].Size = (ulong)size;
        image.AddSymbol("x", bss, (ulong)value, (ulong)symbolSize);

        Assert.Equal(section, Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(image.Build())).Section);
    }

    [Fact]
    public void A_variable_is_where_its_symbol_is_whatever_a_static_linker_wrote_into_btf()
    {
        var btf = new BtfBuilder();
        BtfTypeId number = btf.AddInt("int", 4, BtfIntEncoding.Signed);
        BtfTypeId first = btf.AddVariable("first", number, BtfVariableLinkage.Global);
        BtfTypeId weak = btf.AddVariable("weak", number, BtfVariableLinkage.Global);
        BtfTypeId section = btf.AddDataSection(".data", 16, new BtfSectionEntry(first, 0, 4), new BtfSectionEntry(weak, 8, 4));
        ElfImage image = new();
        image.AddSection(".BTF", btf.ToArray());
        int data = image.AddSection(".data", [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], flags: ElfSectionFlags.Allocate | ElfSectionFlags.Write);
        image.AddSymbol("first", data, 0, 4);
        image.AddSymbol("weak", data, 12, 4);

        BpfObjectSpec spec = BpfObjectSpec.Parse(image.Build());

        Assert.Equal(3, spec.Variables["weak"].GetValue<int>());
        Assert.Equal([0u, 12u], spec.DataSections.Single(layout => layout.Section == section).Entries.Select(entry => entry.Offset));
    }

    [Fact]
    public void Two_sections_or_variables_of_one_name_are_refused()
    {
        ElfImage sections = new();
        sections.AddSection(".data", new byte[4]);
        sections.AddSection(".data", new byte[4]);
        Assert.Contains("second map", Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(sections.Build())).Message, StringComparison.Ordinal);

        ElfImage variables = new();
        int data = variables.AddSection(".data", new byte[8]);
        variables.AddSymbol("x", data, 0, 4);
        variables.AddSymbol("x", data, 4, 4);
        Assert.Contains("second variable", Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(variables.Build())).Message, StringComparison.Ordinal);
    }
}
