using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>netkit on real packets: those that a host sends out of the devices of a pair.</summary>
[Trait("OtherKernels", "")]
public sealed class NetkitLinkTests : KernelTest
{
    private const string Primary = "inner0";
    private const string Peer = "nk0"; // the kernel's choice

    private readonly NetworkHost _host;
    private readonly BpfObject _loaded;

    public NetkitLinkTests()
    {
        _host = NetworkHost.Create("host");
        _loaded = BpfObject.Load(TestObjects.ReadOnly("traffic", "count", "count_too", "drop", "of_the_primary", "of_the_peer"));
    }

    public override void Dispose()
    {
        _loaded.Dispose();
        _host.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("of_the_primary", NetkitSide.Primary, "10.7.0.2")]
    [InlineData("of_the_peer", NetkitSide.Peer, "10.8.0.2")]
    public void Packets_are_seen_while_the_program_is_attached(string name, NetkitSide side, string destination)
    {
        Connect();
        Hook.Sees(() => Attach(_loaded.Programs[name], side), () => Send(destination), () => _loaded.GetVariable<ulong>("counted").Value, link =>
        {
            Assert.Equal((Primary, side, BpfLinkType.Netkit), (link.InterfaceName, link.Side, link.Type));
            NetkitHookProgram program = Assert.Single(_host.Run(() => NetkitHook.Query(Primary, side)).Programs);
            Assert.Equal(new NetkitHookProgram(_loaded.Programs[name].Id, link.Id), program);
            link.Update(_loaded.Programs["count_too"]);
            Send(destination);
            Assert.NotEqual(0ul, _loaded.GetVariable<ulong>("counted_too").Value);
            using NetkitLink opened = _host.Run(() => NetkitLink.OpenById(link.Id));
            Assert.Equal((Primary, side), (opened.InterfaceName, opened.Side));
        });
    }

    [SkippableFact]
    public void The_order_decides_who_sees_a_packet()
    {
        Connect();
        using NetkitLink drop = Attach(_loaded.Programs["drop"], NetkitSide.Primary);
        using (Attach(_loaded.Programs["count"], NetkitSide.Primary, new NetkitAttachOptions { Position = BpfAttachPosition.After(drop) }))
        {
            Send("10.7.0.2");
            Assert.Equal(0ul, _loaded.GetVariable<ulong>("counted").Value);
        }

        ulong revision = _host.Run(() => NetkitHook.Query(Primary, NetkitSide.Primary)).Revision;
        using (Attach(_loaded.Programs["count"], NetkitSide.Primary, new NetkitAttachOptions { Position = BpfAttachPosition.Before(drop), ExpectedRevision = revision }))
        {
            Send("10.7.0.2");
            Assert.NotEqual(0ul, _loaded.GetVariable<ulong>("counted").Value);
            BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => Attach(_loaded.Programs["count_too"], NetkitSide.Primary, new NetkitAttachOptions { ExpectedRevision = revision }));
            Assert.Contains($"not at {revision}", e.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void What_is_no_primary_device_is_said_to_be_none()
    {
        Connect();

        Assert.Contains("is the peer of a pair", Assert.Throws<BpfSyscallException>(() => _host.Run(() => _loaded.Programs["count"].AttachNetkit(Peer, NetkitSide.Primary))).Message, StringComparison.Ordinal);
        Assert.Contains("'lo' is no netkit device", Assert.Throws<BpfSyscallException>(() => _host.Run(() => _loaded.Programs["count"].AttachNetkit("lo", NetkitSide.Primary))).Message, StringComparison.Ordinal);
        Assert.Contains("(did you mean 'inner0'?)", Assert.Throws<BpfSyscallException>(() => _host.Run(() => _loaded.Programs["count"].AttachNetkit("inner1", NetkitSide.Peer))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_kernel_without_such_devices_is_said_to_have_none()
    {
        Skip.If(NetkitProbes.Devices.IsPresent, "this kernel has netkit devices");

        Assert.Contains("CONFIG_NETKIT", Assert.Throws<BpfNotSupportedException>(() => _host.Run(() => _loaded.Programs["count"].AttachNetkit("lo", NetkitSide.Primary))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_tc_programs_are_taken()
    {
        using BpfProgram xdp = XdpPrograms.Pass();

        Assert.Throws<ArgumentException>(() => xdp.AttachNetkit("lo", NetkitSide.Primary));
        Assert.Throws<ArgumentOutOfRangeException>(() => _loaded.Programs["count"].AttachNetkit("lo", (NetkitSide)2));
    }

    /// <summary>Both devices are in the one host: what it sends to 10.7.0.0/24 leaves by the primary device, what it sends to 10.8.0.0/24 by the peer.</summary>
    private void Connect()
    {
        Skip.IfNot(NetkitProbes.Devices.IsPresent, "this kernel has no netkit devices");
        _host.Run(() =>
        {
            Tool.Run("ip", $"link add {Primary} type netkit");
            Tool.Run("ip", $"address add 10.7.0.1/24 dev {Primary}");
            Tool.Run("ip", $"address add 10.8.0.1/24 dev {Peer}");
            Tool.Run("ip", $"link set dev {Primary} up");
            Tool.Run("ip", $"link set dev {Peer} up");
        });
    }

    private NetkitLink Attach(BpfProgram program, NetkitSide side, NetkitAttachOptions? options = null) => _host.Run(() => program.AttachNetkit(Primary, side, options));

    private void Send(string destination)
    {
        using Socket socket = _host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SendTo([1], new IPEndPoint(IPAddress.Parse(destination), 9));
    }
}
