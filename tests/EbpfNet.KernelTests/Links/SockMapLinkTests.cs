using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on maps of sockets move bytes between real connections; by link and, with the probe's answer forced, as on kernels before 6.10.</summary>
[Trait("OtherKernels", "")]
public sealed class SockMapLinkTests : KernelTest
{
    private readonly TcpPair _left;
    private readonly TcpPair _right;
    private readonly BpfObject _loaded;

    public SockMapLinkTests()
    {
        _left = new TcpPair();
        _right = new TcpPair();
        _loaded = BpfObject.Load(TestObjects.Read("sock_maps"));
        BpfVariable<uint> ports = _loaded.GetVariable<uint>("ports");
        ports.Write(0, TcpPair.PortOf(_left.Server));
        ports.Write(1, TcpPair.PortOf(_right.Server));
    }

    private BpfSockMap Sockets => _loaded.GetSockMap("sockets");

    private BpfSockHash<uint> ByPort => _loaded.GetSockHash<uint>("by_port");

    private ulong Redirected => _loaded.GetVariable<ulong>("redirected").Value;

    public override void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
        _loaded.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_one_client_sends_another_receives_and_no_server_sees_it(bool byLink)
    {
        using FeatureProbe.Scope _ = Force(byLink);
        using SockMapLink link = _loaded.Programs["by_index"].AttachSockMap(Sockets);
        Assert.Equal((byLink, BpfAttachType.SkSkbStreamVerdict, Sockets.Map.Id), (link.IsKernelLink, link.AttachType, link.MapId));
        Sockets.Set(0, _left.Server);
        Sockets.Set(1, _right.Server);

        Exchange();

        Assert.NotEqual(0ul, Redirected);
        Assert.True(TcpPair.IsSilent(_left.Server));
        Sockets.Clear();
        ExpectServerGetsIt();
    }

    [SkippableTheory]
    [InlineData(BpfAttachType.SkSkbStreamVerdict)]
    [InlineData(BpfAttachType.SkSkbVerdict)]
    public void The_same_by_a_hash_table_with_a_program_whose_section_does_not_say_what_it_does(BpfAttachType type)
    {
        BpfProgram program = _loaded.Programs["by_hash"];
        Assert.Contains("or give attachType", Assert.Throws<ArgumentException>("program", () => program.AttachSockMap(ByPort)).Message, StringComparison.Ordinal);
        if (type == BpfAttachType.SkSkbVerdict && Record.Exception(() => program.AttachSockMap(ByPort, type).Dispose()) is BpfSyscallException { Error: BpfErrno.EINVAL } e)
        {
            Assert.Contains("attach the program as BPF_SK_SKB_STREAM_VERDICT", e.Message, StringComparison.Ordinal);
            Skip.If(true, e.Message);
        }

        using SockMapLink link = program.AttachSockMap(ByPort, type);
        ByPort.Set(TcpPair.PortOf(_left.Server), _left.Server);
        ByPort.Set(TcpPair.PortOf(_right.Server), _right.Server);

        Exchange();

        Assert.NotEqual(0ul, Redirected);
    }

    [SkippableFact]
    public void What_a_socket_sends_another_receives_at_once()
    {
        using SockMapLink link = _loaded.Programs["short_cut"].AttachSockMap(ByPort.Map);
        Assert.Equal(BpfAttachType.SkMsgVerdict, link.AttachType);
        ByPort.Set(TcpPair.PortOf(_left.Server), _left.Server);
        ByPort.Set(TcpPair.PortOf(_right.Server), _right.Server);

        _left.Server.Send([1, 2, 3]);

        Assert.Equal([1, 2, 3], TcpPair.Receive(_right.Server, 3));
        Assert.Equal(1ul, Redirected);
        Assert.True(TcpPair.IsSilent(_left.Client));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_parser_and_a_verdict_work_together(bool byLink)
    {
        using FeatureProbe.Scope _ = Force(byLink);
        using SockMapLink parser = _loaded.Programs["whole"].AttachSockMap(Sockets);
        using SockMapLink verdict = _loaded.Programs["by_index"].AttachSockMap(Sockets);
        Sockets.Set(0, _left.Server);
        Sockets.Set(1, _right.Server);

        Exchange();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_is_disposed_or_detached_leaves_the_sockets_that_are_put_in_afterwards_alone(bool byLink)
    {
        using FeatureProbe.Scope _ = Force(byLink);
        BpfProgram drop = _loaded.Programs["drop"];
        drop.AttachSockMap(Sockets).Dispose();
        SockMapLink detached = drop.AttachSockMap(Sockets);
        detached.Detach();
        Assert.True(detached.IsDisposed);
        Sockets.Set(0, _left.Server);
        ExpectServerGetsIt();

        Sockets.Clear();
        using (drop.AttachSockMap(Sockets))
        {
            Sockets.Set(0, _left.Server);
        }

        // The socket keeps the program that it was put in with.
        _left.Client.Send([7]);
        Assert.True(TcpPair.IsSilent(_left.Server));
        Sockets.Clear();
        ExpectServerGetsIt();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_update_takes_the_old_programs_place_for_sockets_that_come(bool byLink)
    {
        RequireQuery();
        using FeatureProbe.Scope _ = Force(byLink);
        BpfProgram drop = _loaded.Programs["drop"];
        BpfProgram redirect = _loaded.Programs["by_index"];
        using SockMapLink link = drop.AttachSockMap(Sockets);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => link.Update(redirect, expected: redirect));
        Assert.Contains("Another program than program 'by_index' is attached", e.Message, StringComparison.Ordinal);
        Assert.Same(drop, link.Program);
        Assert.Throws<ArgumentException>("program", () => link.Update(_loaded.Programs["short_cut"]));
        link.Update(redirect, expected: drop);

        Assert.Same(redirect, link.Program);
        Sockets.Set(0, _left.Server);
        Sockets.Set(1, _right.Server);
        Exchange();
        link.Detach();
        Assert.Throws<ObjectDisposedException>(() => link.Update(drop));
        using SockMapLink again = drop.AttachSockMap(Sockets);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_second_program_is_refused_and_does_not_push_the_first_out(bool byLink)
    {
        RequireQuery();
        using FeatureProbe.Scope _ = Force(byLink);
        using SockMapLink first = _loaded.Programs["by_index"].AttachSockMap(Sockets);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _loaded.Programs["drop"].AttachSockMap(Sockets));
        Assert.Equal(BpfErrno.EBUSY, e.Error);
        Assert.Contains($"A program with id {first.Program.Id} is attached there already", e.Message, StringComparison.Ordinal);
        Assert.Contains("attach program 'drop' to map 'sockets' as BPF_SK_SKB_STREAM_VERDICT", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfSyscallException>(() => _loaded.Programs["by_hash"].AttachSockMap(Sockets, BpfAttachType.SkSkbVerdict));
        Assert.Contains("only one of both", e.Message, StringComparison.Ordinal);
        Sockets.Set(0, _left.Server);
        Sockets.Set(1, _right.Server);
        Exchange();
    }

    [SkippableFact]
    public void What_has_no_place_on_such_a_map_is_refused_before_the_kernel_is_asked()
    {
        Assert.Throws<ArgumentException>("map", () => _loaded.Programs["drop"].AttachSockMap(_loaded.Maps["sharers"]));
        Assert.Throws<ArgumentException>("program", () => _loaded.Programs["choose"].AttachSockMap(Sockets));
        Assert.Throws<ArgumentException>("attachType", () => _loaded.Programs["short_cut"].AttachSockMap(Sockets, BpfAttachType.SkSkbVerdict));
        Assert.Throws<ArgumentException>("attachType", () => _loaded.Programs["drop"].AttachSockMap(Sockets, BpfAttachType.SkMsgVerdict));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_keeps_the_program_on_the_map_though_both_were_closed_here(bool byLink)
    {
        using FeatureProbe.Scope _ = Force(byLink);
        BpfMap again;
        SockMapLink link;
        using (BpfObject other = BpfObject.Load(TestObjects.ReadOnly("sock_maps", "drop")))
        {
            link = other.Programs["drop"].AttachSockMap(other.Maps["sockets"]);
            again = BpfMap.OpenById(other.Maps["sockets"].Id);
        }

        using (again)
        using (link)
        {
            new BpfSockMap(again).Set(0, _left.Server);
            _left.Client.Send([1]);
            Assert.True(TcpPair.IsSilent(_left.Server));
        }
    }

    [SkippableFact]
    public void A_pinned_link_stays_and_is_opened_again_to_be_updated_and_detached()
    {
        Skip.IfNot(SockMapProbes.Links.IsPresent, "this kernel has no links for maps of sockets");
        using var pins = new BpfFileSystem();
        BpfProgram drop = _loaded.Programs["drop"];
        uint id;
        using (SockMapLink link = drop.AttachSockMap(Sockets))
        {
            link.Pin(pins["link"]);
            id = link.Id;
        }

        using (SockMapLink byId = SockMapLink.OpenById(id))
        {
            Assert.True(byId.IsAttached);
            Assert.Equal((BpfLinkType.SockMap, Sockets.Map.Id, BpfAttachType.SkSkbStreamVerdict, drop.Id), (byId.Type, byId.MapId, byId.AttachType, byId.Program.Id));
            byId.Update(_loaded.Programs["by_index"], expected: drop);
            Assert.Throws<ArgumentException>("program", () => byId.Update(_loaded.Programs["short_cut"]));
        }

        Sockets.Set(0, _left.Server);
        Sockets.Set(1, _right.Server);
        Exchange();
        using (SockMapLink pinned = SockMapLink.OpenPinned(pins["link"]))
        {
            pinned.Detach();
        }

        using SockMapLink detached = SockMapLink.OpenPinned(pins["link"]);
        Assert.Equal((false, 0u), (detached.IsAttached, detached.MapId));
        using (drop.AttachSockMap(Sockets))
        {
        }
    }

    [SkippableFact]
    public void Without_a_link_there_is_nothing_to_pin_and_the_map_tells_whether_the_program_is_there()
    {
        RequireQuery();
        using FeatureProbe.Scope _ = Force(byLink: false);
        BpfProgram drop = _loaded.Programs["drop"];
        SockMapLink link = drop.AttachSockMap(Sockets);
        Assert.Equal((true, 0u), (link.IsAttached, link.Id));
        Assert.Contains("no kernel link", Assert.Throws<BpfNotSupportedException>(() => link.Pin("/sys/fs/bpf/none")).Message, StringComparison.Ordinal);

        // Somebody else takes it away.
        Assert.Equal(BpfErrno.None, ProgramAttachments.Detach(Sockets.Map.Handle, drop.Handle, BpfAttachType.SkSkbStreamVerdict));
        Assert.False(link.IsAttached);
        Assert.Contains("which was left alone", Assert.Throws<BpfSyscallException>(link.Detach).Message, StringComparison.Ordinal);
        link.Dispose();
    }

    [SkippableFact]
    public void The_end_of_the_process_takes_away_what_the_map_would_keep_and_leaves_links_to_the_kernel()
    {
        RequireQuery();
        BpfProgram drop = _loaded.Programs["drop"];
        using (FeatureProbe.Scope _ = Force(byLink: false))
        {
            using SockMapLink byMap = drop.AttachSockMap(Sockets);
            byMap.EndWithProcess();
            Assert.True(byMap.IsDisposed);
        }

        Assert.Equal(0u, ProgramAttachments.QueryOne(Sockets.Map.Handle, BpfAttachType.SkSkbStreamVerdict));
        Skip.IfNot(SockMapProbes.Links.IsPresent, "this kernel has no links for maps of sockets");
        using SockMapLink link = drop.AttachSockMap(Sockets);
        link.EndWithProcess();
        Assert.True(link.IsAttached);
    }

    [SkippableFact]
    public void A_socket_cannot_be_in_two_maps_with_programs_even_if_they_are_the_same()
    {
        using SockMapLink first = _loaded.Programs["drop"].AttachSockMap(Sockets);
        using SockMapLink second = _loaded.Programs["drop"].AttachSockMap(ByPort);
        Sockets.Set(0, _left.Server);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => ByPort.Set(1, _left.Server));
        Assert.Equal(BpfErrno.EBUSY, e.Error);
        Assert.Contains("in another map that has a program of the same kind", e.Message, StringComparison.Ordinal);
        Sockets.Clear();
        ByPort.Set(1, _left.Server);
    }

    private static FeatureProbe.Scope Force(bool byLink)
    {
        Skip.If(byLink && !SockMapProbes.Links.IsPresent, "this kernel has no links for maps of sockets");
        return SockMapProbes.Links.Override(byLink);
    }

    /// <summary>Before Linux 5.18 a program on such a map is not seen, and is replaced without a word.</summary>
    private void RequireQuery() =>
        Skip.If(ProgramAttachments.QueryOne(Sockets.Map.Handle, BpfAttachType.SkSkbStreamVerdict) is null, "this kernel does not tell which programs a map of sockets has");

    /// <summary>Both ways, and more than fits into one segment.</summary>
    private void Exchange()
    {
        byte[] much = new byte[300_000];
        Random.Shared.NextBytes(much);
        foreach ((Socket from, Socket to) in (ReadOnlySpan<(Socket, Socket)>)[(_left.Client, _right.Client), (_right.Client, _left.Client)])
        {
            Task sending = Task.Run(() => from.Send(much));
            Assert.Equal(much, TcpPair.Receive(to, much.Length));
            sending.Wait(TimeSpan.FromSeconds(10));
        }
    }

    private void ExpectServerGetsIt()
    {
        _left.Client.Send([42]);
        Assert.Equal([42], TcpPair.Receive(_left.Server, 1));
    }
}
