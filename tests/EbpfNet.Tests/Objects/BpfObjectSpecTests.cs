using EbpfNet.Abi;
using EbpfNet.Elf;
using EbpfNet.Objects;
using EbpfNet.Tests.Elf;

namespace EbpfNet.Tests.Objects;

public class BpfObjectSpecTests
{
    [Theory]
    [InlineData("/tmp/xdp_drop.bpf.o", "xdp_drop")]
    [InlineData("flow.v2.o", "flow")]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    public void The_name_is_the_files_up_to_the_first_dot(string? fileName, string name) =>
        Assert.Equal(name, BpfObjectSpec.Parse(TestObjects.Bytes("xdp_verdicts"), fileName).Name);

    [Theory]
    [InlineData("my_object_name", ".rodata", "my_objec.rodata")]
    [InlineData("my_object_name", ".bss", "my_objec.bss")]
    [InlineData("my_object_name", ".data", "my_objec.data")]
    [InlineData("x", ".data", "x.data")]
    [InlineData("my_object_name", ".kconfig", "my_obje.kconfig")]
    [InlineData("my_object_name", ".rodata.abracadabra", ".rodata.abracad")]
    [InlineData("", ".rodata", ".rodata")]
    public void Maps_of_global_data_have_the_kernel_names_that_libbpf_gives_them(string objectName, string section, string kernelName) =>
        Assert.Equal(kernelName, ObjectNames.DataMap(objectName, section));

    [Theory]
    [InlineData("licence_gpl", "GPL")]
    [InlineData("licence_dual", "Dual MIT/GPL")]
    [InlineData("licence_none", "")]
    public void The_licence_is_read(string name, string license) => Assert.Equal(license, TestObjects.Read(name).License);

    [Fact]
    public void The_kernel_version_is_read()
    {
        Assert.Equal(0x050203u, TestObjects.Read("legacy_maps").KernelVersion);
        Assert.Equal(0u, TestObjects.Read("globals").KernelVersion);
    }

    [Fact]
    public void Programs_take_type_and_loading_from_their_sections()
    {
        BpfObjectSpec spec = TestObjects.Read("optional_sections");

        Assert.Equal(["always", "on_request", "broken"], spec.Programs.Names);
        Assert.Equal([true, false, false], spec.Programs.Select(p => p.AutoLoad));
        Assert.All(spec.Programs, p => Assert.Equal((BpfProgramType.Xdp, BpfAttachType.Xdp, "xdp"), (p.Type, p.ExpectedAttachType, p.SectionName)));
    }

    [Fact]
    public void Sections_of_unknown_names_parse_and_leave_the_type_to_the_user()
    {
        BpfObjectSpec spec = TestObjects.Read("unknown_section");

        Assert.Equal(BpfProgramType.Xdp, spec.Programs["known"].Type);
        Assert.Equal(BpfProgramType.Unspecified, spec.Programs["unknown"].Type);
        Assert.Equal(BpfProgramType.Unspecified, spec.Programs["almost"].Type);
        Assert.Equal("my_company/filter", spec.Programs["unknown"].SectionName);
        Assert.Null(spec.Programs["unknown"].AttachTarget);
    }

    [Fact]
    public void Sleepable_and_fragments_are_flags_of_the_program()
    {
        BpfProgramSpec program = TestObjects.Read("syscall").Programs.Single();
        Assert.True(program.IsSleepable);
        Assert.Equal(BpfProgramFlags.Sleepable, program.Flags);

        program.HasFragments = true;
        program.IsSleepable = false;
        Assert.Equal(BpfProgramFlags.XdpHasFrags, program.Flags);
    }

    [Fact]
    public void An_object_of_the_other_byte_order_gives_the_same_spec()
    {
        BpfObjectSpec little = TestObjects.Read("endian_little");
        BpfObjectSpec big = TestObjects.Read("endian_big");

        Assert.False(little.IsBigEndian);
        Assert.True(big.IsBigEndian);
        Assert.Equal(little.Maps.Select(Describe), big.Maps.Select(Describe));
        Assert.Equal(little.Variables.Select(v => (v.Name, v.Offset, v.Size)), big.Variables.Select(v => (v.Name, v.Offset, v.Size)));
        Assert.Equal(new byte[] { 4, 3, 2, 1 }, little.Variables["ro_number"].InitialValue.ToArray());
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, big.Variables["ro_number"].InitialValue.ToArray());
        LinkedProgram linkedLittle = little.Link("endian");
        LinkedProgram linkedBig = big.Link("endian");
        Assert.Equal(linkedLittle.Instructions, linkedBig.Instructions);
        Assert.Equal(linkedLittle.Functions.AsEnumerable(), linkedBig.Functions.AsEnumerable());
        Assert.Equal(linkedLittle.FuncInfos.AsEnumerable(), linkedBig.FuncInfos.AsEnumerable());
        Assert.Equal(linkedLittle.LineInfos.Select(l => (l.Slot, l.Line.Line, l.Line.Text)), linkedBig.LineInfos.Select(l => (l.Slot, l.Line.Line, l.Line.Text)));

        static string Describe(BpfMapSpec map) => $"{map} {map.KeySize} {map.ValueSize} {map.MaxEntries} {map.Flags} {map.KeyTypeId} {map.ValueTypeId}";
    }

    [Fact]
    public void An_object_without_btf_has_its_globals_and_programs()
    {
        BpfObjectSpec spec = TestObjects.Read("without_btf");

        Assert.Null(spec.Btf);
        Assert.Null(spec.BtfExtension);
        Assert.Equal([".rodata", ".data", ".bss"], spec.Maps.Names.Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(2u, spec.Variables["offset"].GetValue<uint>());
        Assert.Null(spec.Variables["offset"].TypeId);
        Assert.Null(spec.Maps[".data"].ValueTypeId);
        Assert.Equal(2, spec.Link("without_btf").Functions.Length);
        Assert.Empty(spec.Link("without_btf").LineInfos);
    }

    [Fact]
    public void A_map_that_only_btf_could_explain_is_refused_by_the_programs_that_use_it()
    {
        BpfObjectSpec spec = TestObjects.Read("without_btf_map");

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => spec.Link("uses_map"));

        Assert.Equal(("table", "uses_map"), (e.Symbol, e.Program));
        Assert.Contains("compile it with -g", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ElfFileType.Relocatable, ElfMachine.X64)]
    [InlineData(ElfFileType.Shared, ElfMachine.Bpf)]
    public void Elf_files_that_are_no_bpf_objects_are_refused(ElfFileType type, ElfMachine machine)
    {
        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(new ElfImage { Type = type, Machine = machine }.Build(), "x.o"));

        Assert.Equal(("ELF header", 0x10L, "x.o"), (e.Section, e.Offset, e.ObjectName));
        Assert.Contains($"{type} for machine {machine}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_for_no_machine_in_particular_are_accepted() =>
        Assert.Empty(BpfObjectSpec.Parse(new ElfImage { Machine = ElfMachine.None }.Build()).Programs);

    [Theory]
    [InlineData(".BTF", ElfSectionType.NoBits, ElfSectionFlags.None)]
    [InlineData(".BTF", ElfSectionType.ProgramBits, ElfSectionFlags.Compressed)]
    [InlineData(".BTF", ElfSectionType.ProgramBits, ElfSectionFlags.None)]
    [InlineData("license", ElfSectionType.StringTable, ElfSectionFlags.None)]
    [InlineData("version", ElfSectionType.ProgramBits, ElfSectionFlags.None)]
    [InlineData("xdp", ElfSectionType.ProgramBits, ElfSectionFlags.Executable | ElfSectionFlags.Compressed)]
    [InlineData("xdp", ElfSectionType.ProgramBits, ElfSectionFlags.Executable)]
    [InlineData(".rodata", ElfSectionType.ProgramBits, ElfSectionFlags.Compressed)]
    public void Sections_of_the_wrong_form_are_refused_by_name(string name, ElfSectionType type, ElfSectionFlags flags)
    {
        ElfImage image = new();
        image.AddSection(name, [1, 2, 3], type, flags);

        Assert.Equal(name, Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.Parse(image.Build())).Section);
    }

    [Fact]
    public void ReadFile_names_the_file_in_what_it_refuses()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "not an object");
            Assert.Equal(path, Assert.Throws<BpfObjectFormatException>(() => BpfObjectSpec.ReadFile(path)).ObjectName);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
