using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What is said when a program cannot be attached.</summary>
public sealed class XdpErrorTests : KernelTest
{
    private readonly XdpHosts _hosts;
    private readonly BpfProgram _drop;
    private readonly BpfProgram _pass;

    public XdpErrorTests()
    {
        _hosts = new XdpHosts();
        _drop = XdpPrograms.Drop();
        _pass = XdpPrograms.Pass();
    }

    public override void Dispose()
    {
        _drop.Dispose();
        _pass.Dispose();
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void A_missing_interface_is_answered_with_those_there_are()
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Receiver.Run(() => _drop.AttachXdp("eth9")));

        Assert.Equal(BpfErrno.ENODEV, e.Error);
        Assert.StartsWith("Could not attach program 'drop_all' to interface 'eth9': ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Interface 'eth9' not found; interfaces in this network namespace: lo, eth0 (did you mean 'eth0'?).", e.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("an-interface-name-that-is-too-long")]
    [InlineData("ethernet0")]
    public void A_name_like_none_suggests_none(string name) =>
        Assert.EndsWith(": lo, eth0.", Assert.Throws<BpfSyscallException>(() => _hosts.Receiver.Run(() => _drop.AttachXdp(name))).Message, StringComparison.Ordinal);

    [SkippableFact]
    public void A_missing_index_is_answered_with_the_interfaces_there_are() =>
        Assert.Contains("Interface with index 4711 not found", Assert.Throws<BpfSyscallException>(() => _hosts.Receiver.Run(() => _drop.AttachXdp(4711))).Message, StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData(XdpMode.Auto)]
    [InlineData(XdpMode.Generic)]
    public void A_program_held_by_a_link_is_named_with_its_holder(XdpMode second)
    {
        using XdpLink first = _hosts.Attach(_pass, XdpMode.Native);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, second));

        Assert.Contains($"XDP program 'pass_all' (id {_pass.Id}) is attached to 'eth0' in native mode, held by link ", e.Message, StringComparison.Ordinal);
        Assert.Contains("bpftool link detach id", e.Message, StringComparison.Ordinal);
        Assert.Equal(_pass.Id, _hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_program_attached_by_netlink_is_named_with_the_ways_out(bool byLink)
    {
        XdpLink first;
        using (XdpProbes.Links.Override(false))
        {
            first = _hosts.Attach(_pass, XdpMode.Generic);
        }

        using (first)
        using (XdpProbes.Links.Override(byLink))
        {
            BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, XdpMode.Generic));

            Assert.Contains($"XDP program 'pass_all' (id {_pass.Id}) is attached to 'eth0' in generic mode: ", e.Message, StringComparison.Ordinal);
            Assert.Contains("XdpAttachOptions.ReplacedProgram", e.Message, StringComparison.Ordinal);
            Assert.Contains("'ip link set dev eth0 xdpgeneric off'", e.Message, StringComparison.Ordinal);
            Assert.Equal(byLink ? null : "XDP program already attached", e.KernelMessage);
        }
    }

    [SkippableFact]
    public void Another_program_than_the_one_to_be_replaced_is_left_alone()
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        using BpfProgram stranger = XdpPrograms.Drop();
        using XdpLink first = _hosts.Attach(_pass, XdpMode.Native);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, new XdpAttachOptions { Mode = XdpMode.Native, ReplacedProgram = stranger }));

        Assert.Contains("give that one as ReplacedProgram", e.Message, StringComparison.Ordinal);
        Assert.Equal(_pass.Id, _hosts.ProgramId);
    }

    [SkippableFact]
    public void A_program_that_is_not_there_cannot_be_replaced() =>
        Assert.Contains("attach without ReplacedProgram", Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, new XdpAttachOptions { ReplacedProgram = _pass })).Message, StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_driver_without_xdp_is_said_to_have_none_and_generic_to_work(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Receiver.Run(() => _drop.AttachXdp("lo", XdpMode.Native)));

        Assert.Contains("The driver of 'lo' has no native XDP: use XdpMode.Generic", e.Message, StringComparison.Ordinal);
        using XdpLink link = _hosts.Receiver.Run(() => _drop.AttachXdp("lo"));
        Assert.Equal(XdpMode.Generic, link.Mode);
    }

    [SkippableFact]
    public void Auto_turns_generic_where_the_driver_refuses_for_now()
    {
        // A veth cannot run XDP natively while its peer may send packets larger than a page.
        _hosts.SetSenderMtu(9000);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, XdpMode.Native));
        using XdpLink link = _hosts.Attach(_drop);

        Assert.Contains("MTU", e.Message, StringComparison.Ordinal);
        Assert.Equal(XdpMode.Generic, link.Mode);
        Assert.True(_hosts.Drops());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_card_that_cannot_run_programs_is_said_to(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);

        Assert.Contains("cannot run programs itself", Assert.Throws<BpfSyscallException>(() => _hosts.Attach(_drop, XdpMode.Offload)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_xdp_programs_for_interfaces_are_taken()
    {
        using BpfProgram filter = XdpPrograms.SocketFilter();
        using BpfProgram mapped = XdpPrograms.ForCpuMap();

        Assert.Contains("BPF_PROG_TYPE_SOCKET_FILTER", Assert.Throws<ArgumentException>(() => _hosts.Attach(filter)).Message, StringComparison.Ordinal);
        Assert.Contains("runs from an entry of a map", Assert.Throws<ArgumentException>(() => _hosts.Attach(mapped)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _hosts.Attach(_drop, (XdpMode)9));
    }

    [SkippableFact]
    public void A_process_without_the_capability_is_told_which_it_lacks()
    {
        // Only netlink asks: who has the program may make a link of it.
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);

        Exception? thrown = _hosts.Receiver.Run(() => WithoutCapabilities.Run(() => _drop.AttachXdp(XdpHosts.Interface).Dispose()));

        BpfSyscallException e = Assert.IsType<BpfSyscallException>(thrown);
        Assert.Equal(BpfErrno.EPERM, e.Error);
        Assert.Contains("lacks CAP_NET_ADMIN:", e.Message, StringComparison.Ordinal);
        Assert.Null(_hosts.ProgramId);

        thrown = _hosts.Receiver.Run(() => WithoutCapabilities.Run(() => _drop.AttachXdp(XdpHosts.Interface).Dispose(), but: Capabilities.SysAdmin | Capabilities.Bpf));
        Assert.Contains("lacks CAP_NET_ADMIN:", Assert.IsType<BpfSyscallException>(thrown).Message, StringComparison.Ordinal);
        Assert.Null(_hosts.Receiver.Run(() => WithoutCapabilities.Run(() => _drop.AttachXdp(XdpHosts.Interface).Dispose(), but: Capabilities.NetAdmin)));
    }
}
