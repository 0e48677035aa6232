namespace EbpfNet.KernelTests.Loading;

/// <summary>Programs of unusual make do what they do in C.</summary>
public sealed class ProgramEffectTests : KernelTest
{
    private const int ShortPacket = 64;
    private const int LongPacket = 200;

    [SkippableTheory]
    [InlineData("recovers", ShortPacket, 1u)]
    [InlineData("recovers", LongPacket, 205u)]
    [InlineData("throws", ShortPacket, 1u)]
    [InlineData("throws", LongPacket, 200u)]
    [InlineData("shares", ShortPacket, 69u)]
    [InlineData("never_throws", LongPacket, 200u)]
    public void What_a_program_throws_becomes_what_its_callback_makes_of_it(string program, int length, uint expected)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("exceptions", program));

        Assert.Equal(expected, Run(loaded, program, length));
    }

    [SkippableFact]
    public void Two_callbacks_are_the_verifiers_matter()
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("exceptions_wrong", "names_two")));

        Assert.Contains("multiple exception callback", refused.Report.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Static_programs_are_loaded_beside_global_ones()
    {
        BpfObjectSpec spec = TestObjects.Read("static_programs");
        spec.Programs["optional_static"].AutoLoad = true;

        using BpfObject loaded = BpfObject.Load(spec);

        uint[] results = [.. loaded.Programs.Select(program => program.TestRun(new BpfTestRun(new byte[ShortPacket])).ReturnValue)];
        Assert.Equal([1, 5, 2, 3], results);
    }

    [SkippableTheory]
    [InlineData("of_the_object", 42u)]
    [InlineData("of_the_kernel", 41u)]
    public void A_struct_and_a_function_of_one_name_are_told_apart(string program, uint expected)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("same_names"));

        Assert.Equal(expected, Run(loaded, program, ShortPacket));
    }

    [SkippableTheory]
    [InlineData("ask_unguarded", "ebpfnet_missing")]
    [InlineData("ask_absent_enumerator", "BPF_MAP_TYPE_EBPFNET")]
    [InlineData("ask_absent_type", "absent->member")]
    public void The_report_on_what_could_not_be_relocated_shows_the_source_line(string program, string said)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("core_kernel", program)));

        Assert.Contains(said, refused.Report.SourceLine, StringComparison.Ordinal);
        Assert.Matches(@"core_kernel\.bpf\.c:\d+$", refused.Report.SourceLocation);
    }

    private static uint Run(BpfObject loaded, string program, int length) => loaded.Programs[program].TestRun(new BpfTestRun(new byte[length])).ReturnValue;
}
