namespace EbpfNet.KernelTests.Links;

/// <summary>Programs attached by the names of their sections, one by one and all of an object.</summary>
public sealed class SectionAttachmentTests : KernelTest
{
    [SkippableFact]
    public void A_section_that_does_not_say_where_is_refused_with_the_call_that_does()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        BpfProgram program = loaded.Programs["target"];
        using BpfProgram opened = BpfProgram.OpenById(program.Id);

        Assert.Equal("Section 'xdp' of program 'target' does not say where: call AttachXdp(interface).", Assert.Throws<InvalidOperationException>(() => program.Attach()).Message);
        Assert.Contains("was not loaded from an object", Assert.Throws<InvalidOperationException>(() => opened.Attach()).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void All_of_an_object_are_attached_and_detached_together()
    {
        StructOpsKernel.Require();
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        spec.Maps["successor"].AutoCreate = false; // It has the name of another, whose place it takes in other tests.
        using BpfObject loaded = BpfObject.Load(spec);

        using (BpfLinkCollection links = loaded.AttachAll())
        {
            Assert.Equal(loaded.Maps.Count(map => map.Type == EbpfNet.Abi.BpfMapType.StructOps), links.Count);
            Assert.All(links, link => Assert.True(link.IsAttached));
        }

        Assert.NotEqual(BpfStructOpsState.Registered, loaded.GetStructOps("without_link").State);
    }

    [SkippableFact]
    public void When_one_cannot_be_attached_none_stays()
    {
        StructOpsKernel.Require();
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        spec.Maps["successor"].AutoCreate = false; // It has the name of another, whose place it takes in other tests.
        using BpfObject loaded = BpfObject.Load(spec);
        using StructOpsLink taken = loaded.GetStructOps("without_link").AttachStructOps();
        IReadOnlyList<uint> before = BpfLink.GetIds();

        Assert.Throws<BpfSyscallException>(loaded.AttachAll);

        Assert.Empty(BpfLink.GetIds().Except(before));
        Assert.True(taken.IsAttached);
    }
}
