using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Loading;

public sealed class GlobalDataTests : KernelTest
{
    private static readonly byte[] Packet = new byte[64];

    [SkippableFact]
    public void Programs_see_the_constants_that_the_source_gave()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("globals"));

        uint expected = unchecked((uint)(1 + 2 + 3 + 4 + 8 + 1600 + 320000 + 6400000000 - 5 + 1 + 9 + 10 + 443 + 1 + 1000 + 'h' + 77 + 88 + 99 + 1234));
        Assert.Equal(expected, loaded.Programs["sum_of_rodata"].TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void Programs_see_the_values_that_were_set_before_loading()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        spec.Variables["ro_u32"].SetValue(4242u);
        spec.Variables["data_u8"].SetValue((byte)200);
        spec.Variables["data_u16"].SetValue((ushort)60000);
        spec.Variables["data_u32"].SetValue(4_000_000_000u);
        spec.Variables["data_custom"].SetValue(31u);

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(4242u, loaded.Programs["return_ro_u32"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal(4_000_000_000u, loaded.Programs["copy_data_to_bss"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal(200, MapValues.Read<byte>(loaded, spec.Variables["bss_u8"]));
        Assert.Equal(5ul, MapValues.Read<ulong>(loaded, spec.Variables["data_u64"]));
        Assert.Equal(1ul, MapValues.Read<ulong>(loaded, spec.Variables["bss_runs"]));
        Assert.Equal(31u, MapValues.Read<uint>(loaded, spec.Variables["bss_custom"]));
        Assert.Equal(60000u, MapValues.Read<uint>(loaded, spec.Variables["bss_array"]));
    }

    [SkippableFact]
    public void Data_that_was_set_where_the_file_has_zeroes_is_there_too()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        spec.Variables["bss_runs"].SetValue(40ul);

        using BpfObject loaded = BpfObject.Load(spec);
        loaded.Programs["copy_data_to_bss"].TestRun(new BpfTestRun(Packet) { Repeat = 2 });

        Assert.Equal(42ul, MapValues.Read<ulong>(loaded, spec.Variables["bss_runs"]));
    }

    [SkippableFact]
    public void Sections_of_one_s_own_have_names_that_the_kernel_takes_and_are_shared_as_others_are()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("data_sections"));
        Assert.Equal(
            [".data.my_name", ".data.averyvery", ".rodata.x.y", ".bss.looooooooo", ".data.hidden", ".data.static"],
            new[] { ".data.my-name", ".data.averyveryverylongname", ".rodata.x.y", ".bss.looooooooooooooooong", ".data.hidden", ".data.static" }.Select(section => loaded.Maps[section].GetInfo().KernelName));
        Assert.Equal(["dashed", "dotted", "long_named", "zeroed"], loaded.Variables.Names.Order(StringComparer.Ordinal));
        Assert.Equal(31u, Run());
        loaded.GetVariable<uint>("zeroed").Value = 100;
        loaded.GetVariable<uint>("dashed").Value = 3;
        Assert.Equal(133u, Run());
        Assert.True(loaded.Variables["dotted"].IsConstant);

        uint Run() => loaded.Programs["sum"].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
    }

    [SkippableFact]
    public void Constants_are_frozen_and_other_data_is_not()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("globals"));

        foreach (BpfMap map in loaded.Maps)
        {
            bool isConstant = map.Name.StartsWith(".rodata", StringComparison.Ordinal);
            Assert.Equal(isConstant ? BpfErrno.EPERM : BpfErrno.None, MapValues.Write(map, MapValues.Read(map)));
            Assert.Equal(isConstant, map.Flags.HasFlag(BpfMapFlags.ReadOnlyProgram));
        }
    }

    [SkippableFact]
    public void A_map_of_ones_own_can_be_frozen_too()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        spec.Maps["array_map"].IsFrozen = true;

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(BpfErrno.EPERM, MapValues.Write(loaded.Maps["array_map"], new byte[16]));
    }
}
