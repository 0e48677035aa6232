using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs of routes, on real packets that take them.</summary>
[Trait("OtherKernels", "")]
public sealed class LwtLinkTests : KernelTest
{
    private static readonly IPNetwork Receiver = IPNetwork.Parse("172.30.0.2/32");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly XdpHosts _hosts;
    private readonly BpfObject _loaded;

    public LwtLinkTests()
    {
        _hosts = new XdpHosts();
        _loaded = BpfObject.Load(TestObjects.ReadOnly("lwt", "coming", "going", "leaving", "dropping"));
    }

    private ulong Seen => _loaded.GetVariable<ulong>("seen").Value;

    public override void Dispose()
    {
        _loaded.Dispose();
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("going", 0)]
    [InlineData("leaving", 0)]
    [InlineData("leaving", 64)]
    public void Packets_that_leave_by_the_route_are_seen(string name, int headroom) =>
        Hook.Sees(() => Attach(_loaded.Programs[name], new LwtAttachOptions { Headroom = headroom }), () => Assert.True(_hosts.Delivers()), () => Seen, link =>
        {
            Assert.Equal((Receiver, XdpHosts.Interface, false), (link.Destination, link.InterfaceName, link.Id != 0));
            string routes = _hosts.Sender.Run(() => Tool.Read("ip", "route show 172.30.0.2"));
            Assert.Contains("encap bpf", routes, StringComparison.Ordinal);
            Assert.Contains(name, routes, StringComparison.Ordinal);
        });

    [SkippableFact]
    public void Packets_that_come_for_the_route_are_seen()
    {
        var address = IPAddress.Parse("172.30.0.9");
        using Socket from = _hosts.Sender.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using Socket to = _hosts.Receiver.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        to.Bind(new IPEndPoint(IPAddress.Any, 0));
        var target = new IPEndPoint(address, ((IPEndPoint)to.LocalEndPoint!).Port);
        _hosts.Sender.Run(() => Tool.Run("ip", $"route add {address} via 172.30.0.2 dev {XdpHosts.Interface}")); // Nobody is asked who has the address.
        Hook.Sees(
            () => _hosts.Receiver.Run(() => _loaded.Programs["coming"].AttachLwt(new IPNetwork(address, 32), XdpHosts.Interface, new LwtAttachOptions { IsLocal = true })),
            () => Send(from, target),
            () => Seen,
            _ => Assert.True(SpinWait.SpinUntil(() => { Send(from, target); return to.Available > 0; }, Patience)));
    }

    [SkippableFact]
    public void The_end_of_a_segment_is_seen()
    {
        BpfObject? loaded = null;
        try
        {
            loaded = BpfObject.Load(TestObjects.ReadOnly("lwt", "at_the_end_of_a_segment"));
        }
        catch (BpfException e)
        {
            throw Lack.Of(KernelFeatures.HasProgramType(BpfProgramType.LwtSeg6Local).IsPresent, e);
        }

        using BpfObject disposed = loaded!;
        _hosts.Sender.AddAddress(XdpHosts.Interface, IPAddress.Parse("fd00:1::1"), 64);
        _hosts.Receiver.AddAddress(XdpHosts.Interface, IPAddress.Parse("fd00:1::2"), 64);
        _hosts.Sender.Run(() =>
        {
            Tool.Run("ip", $"-6 route add fd00:2::/64 via fd00:1::2 dev {XdpHosts.Interface}");
            Tool.Run("ip", $"-6 route add fd00:9::/64 encap seg6 mode encap segs fd00:2::1,fd00:3::1 dev {XdpHosts.Interface}");
        });
        using Socket from = _hosts.Sender.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        var target = new IPEndPoint(IPAddress.Parse("fd00:9::1"), 9);
        Func<ulong> seen = () => disposed.GetVariable<ulong>("seen").Value;
        Hook.Sees(
            () => _hosts.Receiver.Run(() => disposed.Programs["at_the_end_of_a_segment"].AttachLwt(IPNetwork.Parse("fd00:2::1/128"), XdpHosts.Interface)),
            () => Send(from, target),
            seen);
    }

    [SkippableFact]
    public void Another_program_takes_the_place()
    {
        using LwtLink link = Attach(_loaded.Programs["leaving"]);

        Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => link.Update(_loaded.Programs["dropping"], expected: _loaded.Programs["dropping"])).Error);
        Assert.True(_hosts.Delivers());
        link.Update(_loaded.Programs["dropping"], expected: _loaded.Programs["leaving"]);
        Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => _hosts.Drops()).SocketErrorCode); // The sender is told.
        Assert.True(link.IsAttached);
        Assert.Throws<ArgumentException>(() => link.Update(_loaded.Programs["going"]));
        link.Detach();
        Assert.True(_hosts.Delivers());
    }

    [SkippableFact]
    public void A_route_of_others_is_left_alone()
    {
        using LwtLink link = Attach(_loaded.Programs["dropping"]);
        _hosts.Sender.Run(() => Tool.Run("ip", $"route replace {Receiver} dev {XdpHosts.Interface} proto static"));

        Assert.False(link.IsAttached);
        Assert.Contains("Somebody else", Assert.Throws<BpfSyscallException>(() => link.Update(_loaded.Programs["leaving"])).Message, StringComparison.Ordinal);
        link.Dispose();
        Assert.NotEqual("", _hosts.Sender.Run(() => Tool.Read("ip", "route show 172.30.0.2")));
    }

    [SkippableFact]
    public void A_route_without_a_link_is_found_and_removed()
    {
        using LwtLink link = Attach(_loaded.Programs["dropping"]);
        _hosts.Sender.Run(() =>
        {
            NetworkAttachment found = Assert.Single(NetworkAttachments.Find());
            Assert.Equal((NetworkAttachmentKind.Lwt, "to 172.30.0.2/32", _loaded.Programs["dropping"].Id, "dropping"), (found.Kind, found.Place, found.ProgramId, found.ProgramName));
            found.Detach();
            Assert.Throws<BpfSyscallException>(found.Detach);
        });
        Assert.False(link.IsAttached);
        Assert.True(_hosts.Delivers());
    }

    [SkippableTheory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public void The_route_goes_with_its_process_unless_that_is_killed(string signal)
    {
        using (Process child = NetworkChildProcess.Start(_hosts, "lwt", byLink: false))
        {
            Assert.True(_hosts.Receiver.Run(() => NetworkAttachments.Find()).Count == 1);
            Tool.Signal(signal, child.Id);
            Assert.True(child.WaitForExit(Patience));
        }

        IReadOnlyList<NetworkAttachment> left = _hosts.Receiver.Run(NetworkAttachments.Find);
        Assert.Equal(signal == "KILL" ? 1 : 0, left.Count);
        _hosts.Receiver.Run(() => left.ToList().ForEach(attachment => attachment.Detach()));
    }

    [SkippableFact]
    public void What_cannot_be_attached_is_said()
    {
        using BpfProgram xdp = XdpPrograms.Pass();
        using LwtLink there = Attach(_loaded.Programs["leaving"]);
        BpfProgram going = _loaded.Programs["going"];

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => Attach(going));
        Assert.Equal(BpfErrno.EEXIST, e.Error);
        Assert.Contains("give another Metric", e.Message, StringComparison.Ordinal);
        using LwtLink behind = Attach(going, new LwtAttachOptions { Metric = 100 });
        Assert.True(behind.IsAttached);
        Assert.Contains("(did you mean 'eth0'?)", Assert.Throws<BpfSyscallException>(() => _hosts.Sender.Run(() => going.AttachLwt(Receiver, "eth9"))).Message, StringComparison.Ordinal);
        Assert.Contains("BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => Attach(xdp)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Attach(going, new LwtAttachOptions { Gateway = IPAddress.IPv6Loopback }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(going, new LwtAttachOptions { Headroom = 8 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(_loaded.Programs["leaving"], new LwtAttachOptions { Headroom = 257 }));
    }

    private static void Send(Socket from, IPEndPoint target)
    {
        for (int sent = 0; sent < 3; sent++)
        {
            try
            {
                from.SendTo([1], target);
            }
            catch (SocketException)
            {
                // The neighbour does not answer: no route.
            }

            Thread.Sleep(20); // Until it is through.
        }
    }

    private LwtLink Attach(BpfProgram program, LwtAttachOptions? options = null) => _hosts.Sender.Run(() => program.AttachLwt(Receiver, XdpHosts.Interface, options));
}
