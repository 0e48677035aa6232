using EbpfNet.Abi;
using EbpfNet.KernelTests.Links;

namespace EbpfNet.KernelTests.Inspection;

/// <summary>What the kernel tells about links, by kind. Those of kinds that only other links make are looked at with them.</summary>
public sealed class LinkInfoTests : KernelTest
{
    [SkippableFact]
    public void An_XDP_links_information_names_its_interface_and_program()
    {
        using var hosts = new XdpHosts();
        using BpfProgram program = XdpPrograms.Pass();
        using XdpLink link = hosts.Attach(program);
        Skip.IfNot(link.IsKernelLink, "this kernel has no XDP links");

        XdpLinkInfo info = Assert.IsType<XdpLinkInfo>(link.GetInfo());

        Assert.Equal((link.Id, BpfLinkType.Xdp, program.Id), (info.Id, info.Type, info.ProgramId));
        Assert.Equal((uint)link.InterfaceIndex, info.InterfaceIndex);
        Assert.Equal($"xdp link {link.Id}: program {program.Id} on interface {link.InterfaceIndex}", info.ToString());
        using (BpfLink opened = BpfLink.OpenById(link.Id))
        {
            Assert.Equal(info, opened.GetInfo());
            hosts.Dispose(); // The interface goes, and the link stays, attached to nothing.
            for (int i = 0; i < 2000 && opened.IsAttached; i++)
            {
                Thread.Sleep(10);
            }

            Assert.Contains("nothing", opened.GetInfo().Target, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void All_links_of_the_machine_are_found()
    {
        using var hosts = new XdpHosts();
        using BpfProgram program = XdpPrograms.Pass();
        using XdpLink link = hosts.Attach(program);
        Skip.IfNot(link.IsKernelLink, "this kernel has no XDP links");

        HashSet<uint> found = [];
        foreach (BpfLink open in BpfLink.OpenAll())
        {
            using (open)
            {
                found.Add(open.Id);
                Assert.NotEmpty(open.GetInfo().ToString());
            }
        }

        Assert.Contains(link.Id, found);
    }
}
