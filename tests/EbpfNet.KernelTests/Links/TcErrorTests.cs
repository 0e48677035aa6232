using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What is said when a tc program cannot be attached.</summary>
public sealed class TcErrorTests : KernelTest
{
    private readonly TrafficHosts _traffic;

    public TcErrorTests() => _traffic = new TrafficHosts();

    public override void Dispose()
    {
        _traffic.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void A_missing_interface_is_answered_with_those_there_are()
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _traffic.Hosts.Receiver.Run(() => _traffic.Count.AttachTc("eth9", TcDirection.Egress)));

        Assert.Equal(BpfErrno.ENODEV, e.Error);
        Assert.StartsWith("Could not attach program 'count' to the egress of interface 'eth9': ", e.Message, StringComparison.Ordinal);
        Assert.Contains("(did you mean 'eth0'?)", e.Message, StringComparison.Ordinal);
        Assert.Contains("'eth0'?", Assert.Throws<BpfSyscallException>(() => _traffic.Hosts.Receiver.Run(() => TcHook.Query("eth9", TcDirection.Egress))).Message, StringComparison.Ordinal);
        Assert.Contains("with index 4711", Assert.Throws<BpfSyscallException>(() => _traffic.Hosts.Receiver.Run(() => _traffic.Count.AttachTc(4711, TcDirection.Ingress))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_tc_programs_are_taken()
    {
        using BpfProgram xdp = XdpPrograms.Pass();

        Assert.Contains("BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => _traffic.Attach(xdp)).Message, StringComparison.Ordinal);
        using TcLink link = _traffic.Attach(_traffic.Count);
        Assert.Throws<ArgumentException>(() => link.Update(xdp));
    }

    [SkippableFact]
    public void Actions_have_no_place_in_tcx()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("traffic", "act"));

        Assert.Contains("tcx takes none", Assert.Throws<ArgumentException>(() => _traffic.Attach(loaded.Programs["act"], options: new TcAttachOptions { Mechanism = TcMechanism.Tcx })).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Options_of_both_ways_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Priority = 1, ExpectedRevision = 1 }));
        Assert.Throws<ArgumentException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Handle = 1, Mechanism = TcMechanism.Tcx }));
        Assert.Throws<ArgumentException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { ReplacedProgram = _traffic.Drop, Mechanism = TcMechanism.Filter }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = (TcMechanism)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _traffic.Hosts.Receiver.Run(() => _traffic.Count.AttachTc(XdpHosts.Interface, (TcDirection)9)));
    }

    [SkippableFact]
    public void Who_has_the_place_of_a_filter_is_named()
    {
        var place = new TcAttachOptions { Priority = 3, Handle = 5 };
        using TcLink there = _traffic.Attach(_traffic.Count, options: place);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, options: place));

        Assert.Equal(BpfErrno.EEXIST, e.Error);
        Assert.Contains("as filter with priority 3 and handle 0x5", e.Message, StringComparison.Ordinal);
        Assert.Contains($"The filter 'count' with program 'count' (id {_traffic.Count.Id}) is there", e.Message, StringComparison.Ordinal);
        using TcLink beside = _traffic.Attach(_traffic.Drop, options: new TcAttachOptions { Priority = 3 });
        Assert.NotEqual(5u, beside.FilterHandle);
    }

    [SkippableFact]
    public void A_program_is_in_a_list_once()
    {
        Skip.IfNot(TcProbes.Tcx.IsPresent, "this kernel has no tcx");
        using TcLink there = _traffic.Attach(_traffic.Count);

        Assert.Contains("is attached there already", Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Count)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_is_not_there_has_nothing_beside_it()
    {
        using TcLink there = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Priority = 1 });
        var beside = new TcAttachOptions { Mechanism = TcMechanism.Filter, Position = BpfAttachPosition.Before(_traffic.CountToo) };

        Assert.Contains("is no filter there", Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, options: beside)).Message, StringComparison.Ordinal);
        BpfSyscallException full = Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, options: beside with { Position = BpfAttachPosition.Before(_traffic.Count) }));
        Assert.Contains("No priority is left there", full.Message, StringComparison.Ordinal);

        Skip.IfNot(TcProbes.Tcx.IsPresent, "this kernel has no tcx");
        using TcLink tcx = _traffic.Attach(_traffic.Count);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, options: new TcAttachOptions { Position = BpfAttachPosition.After(_traffic.CountToo) }));
        Assert.Contains("after program 'count_too'", e.Message, StringComparison.Ordinal);
        Assert.Contains($"Attached are program 'count' (id {_traffic.Count.Id}) by link {tcx.Id}", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_position_beside_what_is_disposed_is_refused()
    {
        TcLink link = _traffic.Attach(_traffic.Count);
        link.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _traffic.Attach(_traffic.Drop, options: new TcAttachOptions { Position = BpfAttachPosition.After(link) }));
    }

    [SkippableFact]
    public void The_older_queueing_discipline_has_no_egress()
    {
        _traffic.Hosts.Sender.Run(() => Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} ingress"));
        var filter = new TcAttachOptions { Mechanism = TcMechanism.Filter };

        Assert.Contains("'tc qdisc del dev eth0 ingress'", Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, TcDirection.Egress, filter)).Message, StringComparison.Ordinal);
        using TcLink link = _traffic.Hosts.Sender.Run(() => _traffic.Count.AttachTc(XdpHosts.Interface, TcDirection.Ingress, filter));
        Assert.True(link.IsAttached);
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public void A_process_without_the_capability_is_told_which_it_lacks(TcMechanism mechanism)
    {
        Skip.If(mechanism == TcMechanism.Tcx && !TcProbes.Tcx.IsPresent, "this kernel has no tcx");
        Exception? thrown = _traffic.Hosts.Receiver.Run(() => WithoutCapabilities.Run(() => _traffic.Count.AttachTc(XdpHosts.Interface, TcDirection.Ingress, new TcAttachOptions { Mechanism = mechanism }).Dispose()));

        if (mechanism == TcMechanism.Filter)
        {
            Assert.Contains("lacks CAP_NET_ADMIN:", Assert.IsType<BpfSyscallException>(thrown).Message, StringComparison.Ordinal);
        }

        Assert.Empty(_traffic.ProgramIds());
    }
}
