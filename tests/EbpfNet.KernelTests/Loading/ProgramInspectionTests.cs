using EbpfNet.Instructions;

namespace EbpfNet.KernelTests.Loading;

/// <summary><see cref="BpfLoadOptions.OnLoadingProgram"/>: what it is shown, and when.</summary>
public sealed class ProgramInspectionTests : KernelTest
{
    [SkippableFact]
    public void Each_program_is_shown_once_linked_and_with_the_descriptors_of_its_maps()
    {
        Dictionary<string, BpfInstruction[]> shown = [];
        BpfObjectSpec spec = TestObjects.Read("subprograms");

        using BpfObject loaded = BpfObject.Load(spec, new BpfLoadOptions { OnLoadingProgram = (program, instructions) => shown.Add(program.Name, instructions.ToArray()) });
        using BpfObject maps = BpfObject.Load(TestObjects.Read("maps_basic"), new BpfLoadOptions { OnLoadingProgram = (program, instructions) => shown.Add(program.Name, instructions.ToArray()) });

        Assert.Equal([.. spec.Programs.Names, "touch_maps"], shown.Keys);
        Assert.True(shown["deep_chain"].Length > spec.Programs["deep_chain"].Instructions.Length, "the functions that it calls belong to it");
        Assert.All(shown["touch_maps"].Where(instruction => instruction is { IsLoadImm64: true, PseudoSource: BpfPseudoSource.MapFd }), instruction => Assert.True(instruction.Immediate > 0));
    }

    [SkippableFact]
    public void A_program_that_the_kernel_refuses_is_shown_too()
    {
        List<string> shown = [];

        Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("rejected", "infinite_loop"), new BpfLoadOptions { OnLoadingProgram = (program, _) => shown.Add(program.Name) }));

        Assert.Equal(["infinite_loop"], shown);
    }

    [SkippableFact]
    public void An_exception_from_the_one_who_looks_ends_the_load_and_leaves_nothing()
    {
        BpfLoadOptions options = new() { OnLoadingProgram = (program, _) => throw new InvalidOperationException(program.Name) };

        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => BpfObject.Load(TestObjects.Read("maps_basic"), options)); // The base class looks for leftovers.

        Assert.Equal("touch_maps", thrown.Message);
    }
}
