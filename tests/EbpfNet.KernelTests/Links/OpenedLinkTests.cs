using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.KernelTests.Links;

/// <summary>Links that are there already, opened by pin or id as after a restart.</summary>
[Trait("OtherKernels", "")]
public sealed class OpenedLinkTests : KernelTest
{
    private readonly XdpHosts _hosts;
    private readonly BpfFileSystem _pins;
    private readonly BpfProgram _drop;
    private readonly BpfProgram _pass;

    public OpenedLinkTests()
    {
        _hosts = new XdpHosts();
        _pins = new BpfFileSystem();
        _drop = XdpPrograms.Drop();
        _pass = XdpPrograms.Pass();
    }

    private string Pin => _pins["firewall"];

    public override void Dispose()
    {
        _drop.Dispose();
        _pass.Dispose();
        _pins.Dispose();
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Generic)]
    public void A_pinned_XDP_link_is_opened_again_updated_and_detached(XdpMode mode)
    {
        uint id = AttachAndPin(mode);

        using (XdpLink link = _hosts.Receiver.Run(() => XdpLink.OpenPinned(Pin)))
        {
            Assert.Equal((id, BpfLinkType.Xdp, true, true), (link.Id, link.Type, link.IsKernelLink, link.IsAttached));
            Assert.Equal((XdpHosts.Interface, mode), (link.InterfaceName, link.Mode));
            Assert.Equal(_hosts.Receiver.GetInterface(XdpHosts.Interface).Index, link.InterfaceIndex);
            Assert.Equal((_drop.Id, "drop_all"), (link.Program.Id, link.Program.Name));
            link.Update(_pass, expected: link.Program);
            Assert.Equal(_pass, link.Program);
            Assert.True(_hosts.Delivers());
        }

        Assert.Equal(_pass.Id, _hosts.ProgramId); // The pin holds it.
        using XdpLink again = _hosts.Receiver.Run(() => XdpLink.OpenPinned(Pin));
        again.Detach();
        Assert.Null(_hosts.ProgramId);
        Assert.True(again.IsDisposed);
    }

    [SkippableFact]
    public void An_update_of_an_opened_link_that_expects_another_program_changes_nothing()
    {
        AttachAndPin(XdpMode.Native);
        using XdpLink link = _hosts.Receiver.Run(() => XdpLink.OpenPinned(Pin));

        Assert.Contains("Another program than program 'pass_all'", Assert.Throws<BpfSyscallException>(() => link.Update(_pass, expected: _pass)).Message, StringComparison.Ordinal);

        Assert.Equal(_drop.Id, _hosts.ProgramId);
    }

    [SkippableFact]
    public void A_link_that_is_opened_by_id_keeps_the_program_attached()
    {
        XdpLink owner = _hosts.Attach(_drop);

        using (XdpLink opened = _hosts.Receiver.Run(() => XdpLink.OpenById(owner.Id)))
        {
            Assert.Contains(opened.Id, BpfLink.GetIds());
            owner.Dispose();
            Assert.True(opened.IsAttached);
            Assert.True(_hosts.Drops());
        }

        Assert.Null(_hosts.ProgramId);
    }

    [SkippableFact]
    public void Any_link_can_be_looked_at_and_detached_without_knowing_its_kind()
    {
        uint id = AttachAndPin(XdpMode.Generic);

        using BpfLink link = BpfLink.OpenPinned(Pin);
        using BpfLink sameById = BpfLink.OpenById(id);

        Assert.Equal((id, BpfLinkType.Xdp, _drop.Id), (link.Id, link.Type, link.Program.Id));
        Assert.True(link.IsAttached);
        link.Detach();
        Assert.Null(_hosts.ProgramId);
        Assert.False(link.IsAttached);
        Assert.False(sameById.IsAttached);
        Assert.False(sameById.IsDisposed);
    }

    [SkippableFact]
    public void Without_its_pins_a_link_ends_when_it_is_disposed()
    {
        AttachAndPin(XdpMode.Generic);
        using (BpfLink link = BpfLink.OpenPinned(Pin))
        {
            link.Pin(_pins["second"]);
            link.Update(_pass, expected: link.Program); // Without knowing its kind, too.
            Assert.Equal(_pass.Id, _hosts.ProgramId);
            File.Delete(_pins["second"]); // By somebody else: as good as removed.
            link.Unpin();
            Assert.False(File.Exists(Pin));
            Assert.True(link.IsAttached);
            Assert.Contains("No pin of", Assert.Throws<InvalidOperationException>(link.Unpin).Message, StringComparison.Ordinal);
        }

        // Linux 5.10 lets go of an unlinked pin a moment later.
        Assert.True(SpinWait.SpinUntil(() => _hosts.ProgramId is null, TimeSpan.FromSeconds(10)));
    }

    [SkippableFact]
    public void What_another_process_has_pinned_in_its_place_meanwhile_is_left_alone()
    {
        using XdpLink link = _hosts.Attach(_drop);
        link.Pin(Pin);
        link.Pin(_pins["second"]);
        File.Delete(Pin);
        File.Delete(_pins["second"]);
        using BpfLink successor = LookUpIn(_hosts.Receiver); // As a new version does before the old one ends.
        successor.Pin(Pin);
        _pass.Pin(_pins["second"]);

        link.Unpin();
        link.Detach();

        using BpfLink found = BpfLink.OpenPinned(Pin);
        Assert.Equal(successor.Id, found.Id);
        Assert.True(File.Exists(_pins["second"]));
    }

    [SkippableFact]
    public void A_pin_is_removed_where_it_was_made_wherever_the_process_is_by_then()
    {
        using XdpLink link = _hosts.Attach(_drop);
        string home = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = Path.GetDirectoryName(Pin)!;
            link.Pin(Path.GetFileName(Pin));
        }
        finally
        {
            Environment.CurrentDirectory = home;
        }

        Assert.True(File.Exists(Pin));
        link.Unpin();
        Assert.False(File.Exists(Pin));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_kernel_has_no_command_to_detach_links_one_ends_with_its_pins_when_it_is_closed(bool isXdp)
    {
        using FeatureProbe.Scope _ = KernelLinks.Detaching.Override(false); // Linux 5.9
        using BpfProgram lookup = XdpPrograms.SocketLookup();
        using BpfLink link = isXdp ? _hosts.Attach(_drop) : _hosts.Receiver.Run(() => lookup.AttachNetns());
        uint id = link.Id;
        link.Pin(Pin);

        link.Detach();

        Assert.False(File.Exists(Pin));
        Assert.True(SpinWait.SpinUntil(() => !BpfLink.GetIds().Contains(id), TimeSpan.FromSeconds(10))); // Linux 5.10 lets go of an unlinked pin a moment later.
    }

    [SkippableFact]
    public void A_pinned_link_whose_interface_is_gone_opens_and_says_so()
    {
        AttachAndPin(XdpMode.Native);
        _hosts.Receiver.Run(() => Tool.Run("ip", $"link delete {XdpHosts.Interface}"));

        using XdpLink link = _hosts.Receiver.Run(() => XdpLink.OpenPinned(Pin));

        Assert.False(link.IsAttached);
        Assert.Equal(("", 0, XdpMode.Auto), (link.InterfaceName, link.InterfaceIndex, link.Mode));
        Assert.Contains("is gone, or the link was detached", Assert.Throws<BpfSyscallException>(() => link.Update(_pass)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_interface_of_another_network_namespace_has_an_index_and_no_name()
    {
        AttachAndPin(XdpMode.Native);

        using XdpLink link = XdpLink.OpenPinned(Pin);

        Assert.Equal("", link.InterfaceName);
        Assert.Equal(_hosts.Receiver.GetInterface(XdpHosts.Interface).Index, link.InterfaceIndex);
        Assert.Contains($"interface with index {link.InterfaceIndex}", link.ToString(), StringComparison.Ordinal);
        link.Update(_pass);
        Assert.True(_hosts.Delivers());
    }

    [SkippableFact]
    public void What_is_no_link_or_a_link_of_another_kind_is_refused_by_name()
    {
        _drop.Pin(_pins["program"]);
        using BpfLink lookup = LookUpIn(_hosts.Receiver);

        Assert.Contains("what is pinned there is a BPF program", Assert.Throws<BpfNotSupportedException>(() => BpfLink.OpenPinned(_pins["program"])).Message, StringComparison.Ordinal);
        Assert.Contains("Nothing is pinned there", Assert.Throws<BpfSyscallException>(() => XdpLink.OpenPinned(Pin)).Message, StringComparison.Ordinal);
        Assert.Contains("There is none", Assert.Throws<BpfSyscallException>(() => BpfLink.OpenById(uint.MaxValue / 2)).Message, StringComparison.Ordinal);
        Assert.Contains("it is a BPF_LINK_TYPE_NETNS", Assert.Throws<BpfNotSupportedException>(() => XdpLink.OpenById(lookup.Id)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Detached_by_somebody_else_a_link_is_no_longer_attached()
    {
        using XdpLink link = _hosts.Attach(_drop);
        using (BpfLink other = BpfLink.OpenById(link.Id))
        {
            other.Detach();
        }

        Assert.False(link.IsAttached);
        Assert.False(link.IsDisposed);
    }

    [SkippableFact]
    public void A_link_to_a_network_namespace_ends_with_it()
    {
        NetworkHost host = NetworkHost.Create("short-lived");
        using BpfLink link = LookUpIn(host);
        Assert.Equal((BpfLinkType.NetNs, true), (link.Type, link.IsAttached));

        host.Dispose();

        Assert.True(SpinWait.SpinUntil(() => !link.IsAttached, TimeSpan.FromSeconds(10))); // The kernel takes a namespace down in the background.
    }

    /// <summary>A link of another kind than XDP.</summary>
    private static unsafe BpfLink LookUpIn(NetworkHost host) => host.Run(() =>
    {
        using BpfProgram program = XdpPrograms.SocketLookup();
        using BpfHandle.Lease fd = program.Handle.Acquire();
        using SafeFileHandle space = File.OpenHandle("/proc/thread-self/ns/net");
        var attribute = new LinkCreateAttribute { ProgFd = fd.Fd, TargetFd = (int)space.DangerousGetHandle(), AttachType = BpfAttachType.SkLookup };
        Assert.Equal(BpfErrno.None, BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link));
        return OpenedLink.Wrap(link!, default);
    });

    /// <summary>What a process does before it ends.</summary>
    private uint AttachAndPin(XdpMode mode)
    {
        using XdpLink link = _hosts.Attach(_drop, mode);
        link.Pin(Pin);
        return link.Id;
    }
}
