namespace EbpfNet.KernelTests.Loading;

/// <summary>Kernel structs of functions (struct_ops) are fitted to the kernel's, and their programs verified for its functions.</summary>
public sealed class StructOpsLoadTests : KernelTest
{
    public StructOpsLoadTests() => StructOpsKernel.Require();

    [SkippableFact]
    public void Programs_of_the_maps_that_are_created_are_loaded_and_no_others()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Equal(["half", "as_before", "grow", "begin", "end"], loaded.Programs.Names);
            Assert.Equal(["as_before", "begin", "end", "grow", "half"], loaded.GetStructOps("with_link").Programs.Values.Select(program => program.Name).Order(StringComparer.Ordinal));
            Assert.Equal(("tcp_congestion_ops", true, BpfStructOpsState.Empty), Describe(loaded.GetStructOps("successor")));
            Assert.Equal(("tcp_congestion_ops", false, BpfStructOpsState.Empty), Describe(loaded.GetStructOps("without_link")));
            Assert.Contains("AutoCreate", Assert.Throws<KeyNotFoundException>(() => loaded.GetStructOps("on_request")).Message, StringComparison.Ordinal);
        }

        // What only `with_link` has goes with it, whatever the programs' own AutoLoad says.
        spec.Maps["with_link"].AutoCreate = false;
        spec.Maps["on_request"].AutoCreate = true;
        using BpfObject other = BpfObject.Load(spec);
        Assert.Equal(["half", "as_before", "grow", "begin", "stay"], other.Programs.Names);
        Assert.Same(other.Programs["stay"], other.GetStructOps("on_request").Programs["cong_avoid"]);
        Assert.Equal((true, false), (spec.Programs["end"].AutoLoad, spec.Programs["stay"].AutoLoad));
    }

    [SkippableFact]
    public void A_program_that_was_replaced_is_not_loaded()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        spec.Maps["with_link"].StructOps!.Members["release"].Program = null;
        spec.Maps["with_link"].StructOps!.Members["cong_avoid"].Program = spec.Programs["stay"];
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(["half", "as_before", "grow", "begin", "stay"], loaded.Programs.Names); // The others still have `grow`.
        Assert.False(loaded.GetStructOps("with_link").Programs.ContainsKey("release"));
    }

    [SkippableTheory]
    [InlineData("unknown_function", "'not_there' is implemented by program 'two', but the kernel's struct has no such member")]
    [InlineData("unknown_number", "'nothing' is not zero, but the kernel's struct has no such member")]
    [InlineData("longer", "'flags' has 8 bytes in the object and 4 in the kernel")]
    [InlineData("other_kind", "'ssthresh' is '__u64' in the object")]
    [InlineData("bits", "'flags' is a bit field")]
    [InlineData("twice", "implements another function")]
    [InlineData("pointer", "'owner' is a pointer with a value")]
    [InlineData("no_such", "the kernel has no such struct")]
    [InlineData("no_ops", "programs cannot implement it")]
    public void What_does_not_fit_the_kernel_is_refused(string map, string problem)
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops_refused");
        spec.Maps[map].AutoCreate = true;
        Assert.Contains(problem, Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Members_that_the_kernel_does_not_have_are_left_out_when_they_are_zero()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops_refused");
        BpfMapSpec map = spec.Maps["unknown_function"];
        map.AutoCreate = true;
        map.StructOps!.Members["not_there"].Program = null;
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Empty(loaded.Programs); // `two` was only there.
        }

        map.AutoCreate = false;
        map = spec.Maps["unknown_number"];
        map.AutoCreate = true;
        map.StructOps!.Members["nothing"].SetValue(0ul);
        using BpfObject other = BpfObject.Load(spec);
        Assert.Equal(["two"], other.Programs.Names);
    }

    [SkippableFact]
    public void A_program_that_implements_nothing_says_so()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("struct_ops_refused", "unused");
        Assert.Contains("No map of section .struct_ops", Assert.ThrowsAny<BpfException>(() => BpfObject.Load(spec)).Message, StringComparison.OrdinalIgnoreCase);
    }

    private static (string TypeName, bool IsForLinks, BpfStructOpsState State) Describe(BpfStructOpsMap map) => (map.TypeName, map.IsForLinks, map.State);
}
