using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>tc on real packets: by tcx and, as on kernels before 6.6, by filters.</summary>
[Trait("OtherKernels", "")]
public sealed class TcLinkTests : KernelTest
{
    private readonly TrafficHosts _traffic;

    public TcLinkTests() => _traffic = new TrafficHosts();

    public override void Dispose()
    {
        _traffic.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx, TcDirection.Ingress)]
    [InlineData(TcMechanism.Tcx, TcDirection.Egress)]
    [InlineData(TcMechanism.Filter, TcDirection.Ingress)]
    [InlineData(TcMechanism.Filter, TcDirection.Egress)]
    public void Packets_are_seen_while_the_program_is_attached(TcMechanism mechanism, TcDirection direction)
    {
        RequireTcx(mechanism);
        string before = _traffic.Qdiscs(direction);

        Hook.Sees(() => _traffic.Attach(_traffic.Count, direction, new TcAttachOptions { Mechanism = mechanism }), Deliver, () => _traffic.Counted, link =>
        {
            Assert.Equal((XdpHosts.Interface, direction, mechanism, mechanism == TcMechanism.Tcx), (link.InterfaceName, link.Direction, link.Mechanism, link.IsKernelLink));
            TcHookProgram program = Assert.Single(_traffic.Query(direction).Programs);
            Assert.Equal((mechanism, _traffic.Count.Id, link.Id, link.Priority, link.FilterHandle), (program.Mechanism, program.ProgramId, program.LinkId, program.Priority, program.FilterHandle));
            Assert.Equal(mechanism == TcMechanism.Filter ? "count" : "", program.FilterName);
            Assert.Equal(mechanism == TcMechanism.Tcx ? BpfLinkType.Tcx : BpfLinkType.Unspecified, link.Type);
        });

        Assert.Empty(_traffic.Query(direction).Programs);
        Assert.Equal(before, _traffic.Qdiscs(direction));
    }

    [SkippableTheory]
    [InlineData("on_the_way_in", TcDirection.Ingress)]
    [InlineData("on_the_way_out", TcDirection.Egress)]
    [InlineData("classify", TcDirection.Ingress)]
    [InlineData("act", TcDirection.Egress)]
    public void Programs_of_every_section_are_attached(string name, TcDirection direction)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("traffic", name));
        try
        {
            Hook.Sees(() => _traffic.Attach(loaded.Programs[name], direction), Deliver, () => loaded.GetVariable<ulong>("counted").Value);
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOENT && e.Message.Contains("CONFIG_NET_ACT_BPF", StringComparison.Ordinal))
        {
            Assert.Empty(_traffic.ProgramIds(direction));
            Assert.DoesNotContain("clsact", _traffic.Qdiscs(direction), StringComparison.Ordinal);
            Skip.If(true, "this kernel has no act_bpf");
        }
    }

    [SkippableFact]
    public void Without_tcx_a_filter_takes_its_place()
    {
        using FeatureProbe.Scope _ = TcProbes.Tcx.Override(false);

        Hook.Sees(() => _traffic.Attach(_traffic.Drop), () => _traffic.Hosts.Drops(), () => _traffic.Dropped, link =>
        {
            Assert.Equal(TcMechanism.Filter, link.Mechanism);
            Assert.True(_traffic.Hosts.Drops());
        });
        Assert.True(_traffic.Hosts.Delivers());
        Assert.Throws<BpfNotSupportedException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = TcMechanism.Tcx }));
        Assert.Throws<BpfNotSupportedException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { ExpectedRevision = 1 }));
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public void The_order_decides_who_sees_a_packet(TcMechanism mechanism)
    {
        RequireTcx(mechanism);
        using TcLink drop = _traffic.Attach(_traffic.Drop, options: new TcAttachOptions { Mechanism = mechanism });
        using (_traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = mechanism }))
        {
            Assert.True(_traffic.Hosts.Drops());
            Assert.Equal(0ul, _traffic.Counted);
        }

        using (_traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = mechanism, Position = BpfAttachPosition.First }))
        {
            Assert.True(_traffic.Hosts.Drops());
            Assert.NotEqual(0ul, _traffic.Counted);
        }
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public void Programs_go_where_the_position_says(TcMechanism mechanism)
    {
        RequireTcx(mechanism);
        (BpfProgram a, BpfProgram b, BpfProgram c) = (_traffic.Count, _traffic.CountToo, _traffic.Drop);
        // A filter is between two others only where there is a number between theirs.
        using TcLink last = _traffic.Attach(a, options: new TcAttachOptions { Mechanism = mechanism, Priority = mechanism == TcMechanism.Filter ? (ushort)10 : (ushort)0 });
        using TcLink first = _traffic.Attach(b, options: mechanism == TcMechanism.Filter ? new TcAttachOptions { Priority = 5 } : new TcAttachOptions { Position = BpfAttachPosition.First });
        Assert.Equal([b.Id, a.Id], _traffic.ProgramIds());

        BpfAttachPosition[] between = [BpfAttachPosition.Before(a), BpfAttachPosition.After(b), BpfAttachPosition.Before(last), BpfAttachPosition.After(first), BpfAttachPosition.BeforeProgram(a.Id), BpfAttachPosition.AfterProgram(b.Id)];
        if (mechanism == TcMechanism.Tcx)
        {
            between = [.. between, BpfAttachPosition.BeforeLink(last.Id), BpfAttachPosition.AfterLink(first.Id)];
        }

        Assert.All(between, position => Attached(position, [b.Id, c.Id, a.Id]));
        Attached(null, [b.Id, a.Id, c.Id]);
        Attached(BpfAttachPosition.Last, [b.Id, a.Id, c.Id]);
        Attached(BpfAttachPosition.After(a), [b.Id, a.Id, c.Id]);
        Attached(BpfAttachPosition.First, [c.Id, b.Id, a.Id]);
        Attached(BpfAttachPosition.Before(first), [c.Id, b.Id, a.Id]);

        void Attached(BpfAttachPosition? position, uint[] expected)
        {
            using TcLink link = _traffic.Attach(c, options: new TcAttachOptions { Mechanism = mechanism, Position = position });
            Assert.Equal(expected, _traffic.ProgramIds());
        }
    }

    [SkippableFact]
    public void Filters_run_after_tcx()
    {
        RequireTcx(TcMechanism.Tcx);
        using TcLink filter = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = TcMechanism.Filter, Priority = 1, Handle = 7 });
        using TcLink tcx = _traffic.Attach(_traffic.Drop);

        Assert.Equal([_traffic.Drop.Id, _traffic.Count.Id], _traffic.ProgramIds());
        Assert.Equal((1, 7u), (filter.Priority, filter.FilterHandle));
        Assert.True(_traffic.Hosts.Drops());
        Assert.Equal(0ul, _traffic.Counted);
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public void Another_program_takes_the_place(TcMechanism mechanism)
    {
        RequireTcx(mechanism);
        using TcLink link = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = mechanism });
        using TcLink behind = _traffic.Attach(_traffic.CountToo, options: new TcAttachOptions { Mechanism = mechanism });
        Deliver();
        ulong counted = _traffic.Counted;

        Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => link.Update(_traffic.Drop, expected: _traffic.CountToo)).Error);
        link.Update(_traffic.Drop, expected: _traffic.Count);

        Assert.Equal([_traffic.Drop.Id, _traffic.CountToo.Id], _traffic.ProgramIds());
        Assert.Same(_traffic.Drop, link.Program);
        Assert.True(link.IsAttached);
        Assert.True(_traffic.Hosts.Drops());
        Assert.Equal(counted, _traffic.Counted);
        link.Update(_traffic.Count);
        Deliver();
        link.Detach();
        Assert.True(link.IsDisposed);
        Assert.Equal([_traffic.CountToo.Id], _traffic.ProgramIds());
    }

    [SkippableFact]
    public void A_list_that_has_changed_is_left_alone()
    {
        RequireTcx(TcMechanism.Tcx);
        ulong revision = _traffic.Query().Revision;
        using TcLink link = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { ExpectedRevision = revision });

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Drop, options: new TcAttachOptions { ExpectedRevision = revision }));

        Assert.Equal(BpfErrno.ESTALE, e.Error);
        Assert.Contains($"it is at revision {revision + 1}, not at {revision}", e.Message, StringComparison.Ordinal);
        Assert.Equal([_traffic.Count.Id], _traffic.ProgramIds());
    }

    [SkippableFact]
    public void A_program_without_a_link_is_replaced_in_its_place()
    {
        RequireTcx(TcMechanism.Tcx);
        _traffic.Hosts.Receiver.Run(() => AttachWithoutLink(_traffic.Drop));
        using TcLink behind = _traffic.Attach(_traffic.CountToo);

        using (TcLink link = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { ReplacedProgram = _traffic.Drop }))
        {
            Assert.Equal([_traffic.Count.Id, _traffic.CountToo.Id], _traffic.ProgramIds());
            Assert.False(link.IsKernelLink);
            Assert.True(link.IsAttached);
            Deliver();
            Assert.NotEqual(0ul, _traffic.Counted);
            link.Update(_traffic.Drop);
            Assert.Equal([_traffic.Drop.Id, _traffic.CountToo.Id], _traffic.ProgramIds());
        }

        Assert.Equal([_traffic.CountToo.Id], _traffic.ProgramIds());
        BpfSyscallException held = Assert.Throws<BpfSyscallException>(() => _traffic.Attach(_traffic.Count, options: new TcAttachOptions { ReplacedProgram = _traffic.CountToo }));
        Assert.Contains("A link holds program 'count_too' there", held.Message, StringComparison.Ordinal);
        Assert.Contains($"'count_too' (id {_traffic.CountToo.Id}) by link {behind.Id}", held.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pinned_link_is_opened_updated_and_detached_by_another()
    {
        RequireTcx(TcMechanism.Tcx);
        using var pins = new BpfFileSystem();
        string pin = pins["link"];
        using (TcLink link = _traffic.Attach(_traffic.Count))
        {
            link.Pin(pin);
        }

        using (TcLink opened = _traffic.Hosts.Receiver.Run(() => TcLink.OpenPinned(pin)))
        {
            Assert.Equal((XdpHosts.Interface, TcDirection.Ingress, TcMechanism.Tcx), (opened.InterfaceName, opened.Direction, opened.Mechanism));
            opened.Update(_traffic.CountToo);
            Assert.Equal([_traffic.CountToo.Id], _traffic.ProgramIds());
            using TcLink byId = TcLink.OpenById(opened.Id);
            Assert.Equal("", byId.InterfaceName); // There is no such interface out here.
            opened.Detach();
            Assert.False(byId.IsAttached);
        }

        Assert.Empty(_traffic.ProgramIds());
    }

    [SkippableFact]
    public void The_queueing_discipline_goes_with_the_last_filter_of_those_who_made_it()
    {
        TcLink made = _traffic.Attach(_traffic.Count, options: Filter);
        TcLink second = _traffic.Attach(_traffic.CountToo, options: Filter);

        made.Dispose();
        Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
        Deliver();
        Assert.NotEqual(0ul, _traffic.CountedToo);
        second.Dispose();
        Assert.DoesNotContain("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_others_made_stays()
    {
        _traffic.Hosts.Receiver.Run(() => Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} clsact"));
        _traffic.Attach(_traffic.Count, options: Filter).Dispose();
        Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
        _traffic.Hosts.Receiver.Run(() => Tool.Run("tc", $"qdisc del dev {XdpHosts.Interface} clsact"));

        TcLink link = _traffic.Attach(_traffic.Count, options: Filter);
        _traffic.Hosts.Receiver.Run(() => Tool.Run("tc", $"filter add dev {XdpHosts.Interface} ingress pref 9 protocol ip u32 match u32 0 0"));
        link.Dispose();
        Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_queueing_discipline_goes_with_a_filter_that_was_found_only_if_that_is_asked_for()
    {
        _traffic.Hosts.Receiver.Run(() =>
        {
            Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} clsact"); // Whoever did that may count on it.
            Put(_traffic.Count, TrafficControl.Ingress);
            Assert.Single(NetworkAttachments.Find()).Detach();
            Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
            Put(_traffic.Count, TrafficControl.Ingress);
            Assert.Single(NetworkAttachments.Find()).Detach(removeQueueingDiscipline: true);
        });
        Assert.DoesNotContain("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Filters_that_interfaces_share_are_seen_and_keep_the_queueing_discipline()
    {
        _traffic.Hosts.Receiver.Run(() =>
        {
            Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} ingress_block 1 clsact");
            Put(_traffic.Count, 1, TrafficControl.SharedBlock);
            Put(_traffic.CountToo, TrafficControl.Egress);
        });
        Deliver();
        Assert.NotEqual(0ul, _traffic.Counted);
        Assert.Equal([_traffic.Count.Id], _traffic.ProgramIds());

        _traffic.Hosts.Receiver.Run(() =>
        {
            Assert.Single(NetworkAttachments.Find(), left => left.ProgramId == _traffic.CountToo.Id).Detach(removeQueueingDiscipline: true);
            Assert.Equal([_traffic.Count.Id], _traffic.ProgramIds());
            Assert.Single(NetworkAttachments.Find()).Detach(removeQueueingDiscipline: true);
            Assert.Empty(NetworkAttachments.Find());
        });
        Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal); // Another filter of the block is for this interface, too.
    }

    [SkippableFact]
    public void A_filter_of_a_block_is_told_from_an_interface_s_own()
    {
        _traffic.Hosts.Receiver.Run(() =>
        {
            Tool.Run("ip", "link add second type veth peer name third");
            Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} ingress_block 4 clsact");
            Tool.Run("tc", "qdisc add dev second ingress_block 4 clsact");
            Put(_traffic.Count, 4, TrafficControl.SharedBlock);
            Put(_traffic.CountToo, TrafficControl.Egress);

            IReadOnlyList<NetworkAttachment> found = NetworkAttachments.Find();

            Assert.Null(Assert.Single(found, left => left.ProgramId == _traffic.CountToo.Id).Block);
            NetworkAttachment[] shared = [.. found.Where(left => left.Block == 4)];
            Assert.Equal([XdpHosts.Interface, "second"], shared.Select(left => left.InterfaceName).Order(StringComparer.Ordinal));
            Assert.All(shared, left => Assert.Equal("ingress, priority 7, handle 0x1 of block 4, which other interfaces may share", left.Place));
            Assert.Equal([4u], TcHook.Query("second", TcDirection.Ingress).Programs.Select(program => program.Block));
            Assert.Equal([null], TcHook.Query(XdpHosts.Interface, TcDirection.Egress).Programs.Select(program => program.Block));
            shared[0].Detach();
            Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(shared[1].Detach).Error); // The first was it.
        });
    }

    [SkippableFact]
    public void An_empty_queueing_discipline_is_found_and_removed_and_one_in_use_is_left()
    {
        _traffic.Hosts.Receiver.Run(() =>
        {
            Assert.False(NetworkAttachments.RemoveEmptyClsact(XdpHosts.Interface)); // There is none.
            Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} clsact");
            Assert.Equal([XdpHosts.Interface], NetworkAttachments.FindEmptyClsact());
            using (_traffic.Attach(_traffic.Count, options: Filter))
            {
                Assert.Empty(NetworkAttachments.FindEmptyClsact());
                Assert.False(NetworkAttachments.RemoveEmptyClsact(XdpHosts.Interface));
                Assert.Contains("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
            }

            Assert.True(NetworkAttachments.RemoveEmptyClsact(XdpHosts.Interface));
            Assert.DoesNotContain("clsact", _traffic.Qdiscs(), StringComparison.Ordinal);
            Tool.Run("tc", $"qdisc add dev {XdpHosts.Interface} ingress_block 4 clsact");
            Assert.Empty(NetworkAttachments.FindEmptyClsact()); // The block may be filled for another interface.
            Assert.Contains("did you mean", Assert.Throws<BpfSyscallException>(() => NetworkAttachments.RemoveEmptyClsact(XdpHosts.Interface + "x")).Message, StringComparison.Ordinal);
        });
    }

    [SkippableFact]
    public void A_filter_is_attached_though_others_remove_the_queueing_discipline_at_that_moment()
    {
        bool stop = false;
        var removing = new Thread(() => _traffic.Hosts.Receiver.Run(() =>
        {
            using NetlinkSocket socket = NetlinkSocket.Open();
            _ = NetworkDevice.Find(socket, XdpHosts.Interface, out NetworkDevice? device);
            byte[] buffer = new byte[TrafficControlRequests.BufferSize];
            while (!Volatile.Read(ref stop))
            {
                _ = socket.Request(TrafficControlRequests.RemoveClsact(buffer, device!.Index));
                Thread.SpinWait(Random.Shared.Next(200));
            }
        }));
        removing.Start();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                _traffic.Attach(_traffic.Count, options: Filter).Dispose();
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            removing.Join();
        }
    }

    [SkippableFact]
    public void A_filter_that_others_put_in_its_place_is_left_alone()
    {
        TcLink link = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Priority = 3, Handle = 1 });
        _traffic.Hosts.Receiver.Run(() => Tool.Run("tc", $"filter del dev {XdpHosts.Interface} ingress pref 3 handle 1 bpf"));
        Assert.False(link.IsAttached);
        Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(() => link.Update(_traffic.Drop)).Error);
        using TcLink other = _traffic.Attach(_traffic.CountToo, options: new TcAttachOptions { Priority = 3, Handle = 1 });

        Assert.False(link.IsAttached);
        Assert.Contains("somebody else has replaced it", Assert.Throws<BpfSyscallException>(() => link.Update(_traffic.Drop)).Message, StringComparison.Ordinal);
        Assert.Contains("which was left alone", Assert.Throws<BpfSyscallException>(link.Detach).Message, StringComparison.Ordinal);
        link.Dispose();

        Assert.True(other.IsAttached);
        Assert.Equal([_traffic.CountToo.Id], _traffic.ProgramIds());
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public void An_interface_that_disappears_takes_the_attachment_with_it(TcMechanism mechanism)
    {
        RequireTcx(mechanism);
        using TcLink link = _traffic.Attach(_traffic.Count, options: new TcAttachOptions { Mechanism = mechanism });
        _traffic.Hosts.Receiver.Run(() => Tool.Run("ip", $"link del {XdpHosts.Interface}"));

        Assert.False(link.IsAttached);
        Assert.Throws<BpfSyscallException>(() => link.Update(_traffic.Drop));
    }

    [SkippableFact]
    public void This_kernels_answer_is_conclusive() => Assert.NotEqual(FeatureAnswer.Inconclusive, TcProbes.Tcx.Answer);

    private static TcAttachOptions Filter => new() { Mechanism = TcMechanism.Filter };

    private static void RequireTcx(TcMechanism mechanism) => Skip.If(mechanism == TcMechanism.Tcx && !TcProbes.Tcx.IsPresent, "this kernel has no tcx");

    private static unsafe void AttachWithoutLink(BpfProgram program)
    {
        _ = NetworkDevice.Find(NetlinkSocket.Open(), XdpHosts.Interface, out NetworkDevice? device);
        using BpfHandle.Lease fd = program.Handle.Acquire();
        var attribute = new ProgramAttachAttribute { TargetFd = device!.Index, AttachBpfFd = fd.Fd, AttachType = BpfAttachType.TcxIngress };
        Assert.Equal(0, BpfSyscall.Invoke(BpfCommand.ProgAttach, &attribute));
    }

    /// <summary>Makes a filter that nobody here owns, in the network namespace of this thread.</summary>
    private static void Put(BpfProgram program, uint parent, int? interfaceIndex = null)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        _ = NetworkDevice.Find(socket, XdpHosts.Interface, out NetworkDevice? device);
        Assert.Equal(BpfErrno.None, TcFilterAttachment.Set(socket, new FilterPlace(interfaceIndex ?? device!.Index, parent, 7, 1), program, isAction: false, replace: false, out _).Error);
    }

    private void Deliver() => Assert.True(_traffic.Hosts.Delivers());
}
