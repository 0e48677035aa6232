using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.XdpDrop;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs that steer connections and take packets apart, in network namespaces of their own.</summary>
[Trait("OtherKernels", "")]
public sealed class NetnsLinkTests : KernelTest
{
    private const ushort SteeredPort = 7777;

    private readonly NetworkHost _host;

    public NetnsLinkTests()
    {
        _host = NetworkHost.Create("steered");
        _host.SetUp("lo");
    }

    public override void Dispose()
    {
        _host.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("thread")]
    [InlineData("handle")]
    [InlineData("path")]
    [InlineData("process")]
    public void Connections_go_to_the_socket_that_the_program_chooses_while_it_is_attached(string way)
    {
        using BpfObject loaded = Load("steer");
        BpfProgram program = loaded.Programs["steer"];
        using Socket listener = _host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        loaded.GetSockMap("listeners").Set(0, listener);
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);
        using Process inside = _host.StartProcess(new ProcessStartInfo("sleep", "100"));
        bool connects = false;
        try
        {
            Hook.Sees(Attach, () => connects = Connects(), () => loaded.GetVariable<ulong>("seen").Value, link =>
            {
                Assert.True(connects);
                listener.Accept().Dispose();
                Assert.Equal((BpfLinkType.NetNs, BpfAttachType.SkLookup, space.Id, true), (link.Type, link.AttachType, link.NamespaceId, link.IsKernelLink));
                Assert.Equal([new NetnsHookProgram(program.Id, link.Id)], NetnsHook.Query(space, BpfAttachType.SkLookup));
            });
        }
        finally
        {
            inside.Kill();
        }

        Assert.False(connects);
        Assert.Empty(NetnsHook.Query(space, BpfAttachType.SkLookup));

        NetnsLink Attach() => way switch
        {
            "thread" => _host.Run(() => program.AttachNetns()),
            "handle" => program.AttachNetns(space),
            "path" => program.AttachNetns($"/proc/{inside.Id}/ns/net"),
            _ => program.AttachNetns(inside.Id),
        };
    }

    [SkippableFact]
    public void Where_a_namespace_may_not_be_entered_that_is_said_and_nothing_stays_open()
    {
        using BpfObject loaded = Load("dissect");
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);
        using FeatureProbe.Scope older = NetnsProbes.Links.Override(false);
        int before = OpenPrograms();
        string message = "";

        Assert.Null(WithoutCapabilities.Run(
            () => message = Assert.Throws<BpfSyscallException>(() => loaded.Programs["dissect"].AttachNetns(space)).Message, Capabilities.NetAdmin | Capabilities.Bpf));

        Assert.Equal(before, OpenPrograms());
        Assert.Contains("program 'dissect'", message, StringComparison.Ordinal);
        Assert.Contains("to enter another one takes CAP_SYS_ADMIN", message, StringComparison.Ordinal);

        static int OpenPrograms() => Directory.EnumerateFiles("/proc/self/fd").Count(path => File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name.Contains("bpf-prog", StringComparison.Ordinal) == true);
    }

    [SkippableFact]
    public void Another_program_takes_the_place_of_the_attached_one()
    {
        using BpfObject loaded = Load("leave", "steer");
        using Socket listener = _host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        loaded.GetSockMap("listeners").Set(0, listener);
        using NetnsLink link = _host.Run(() => loaded.Programs["leave"].AttachNetns());
        Assert.False(Connects());

        link.Update(loaded.Programs["steer"], expected: loaded.Programs["leave"]);

        Assert.True(Connects());
        Assert.Contains("Another program than program 'leave'", Assert.Throws<BpfSyscallException>(() => link.Update(loaded.Programs["leave"], expected: loaded.Programs["leave"])).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_are_taken_apart_by_the_program_while_it_is_attached(bool byLink)
    {
        Skip.If(byLink && NetnsProbes.Links.IsMissing, "this kernel has no links for network namespaces");
        using FeatureProbe.Scope? older = byLink ? null : NetnsProbes.Links.Override(false);
        using BpfObject loaded = Load("dissect", "dissect_too");
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);

        Hook.Sees(() => loaded.Programs["dissect"].AttachNetns(space), SendFrame, () => loaded.GetVariable<ulong>("seen").Value, link =>
        {
            Assert.Equal((byLink, BpfAttachType.FlowDissector), (link.IsKernelLink, link.AttachType));
            Assert.Contains($"program 'dissect' (id {link.Program.Id})", Assert.Throws<BpfSyscallException>(() => loaded.Programs["dissect_too"].AttachNetns(space)).Message, StringComparison.Ordinal);
            link.Update(loaded.Programs["dissect_too"]);
            Assert.Equal([new NetnsHookProgram(loaded.Programs["dissect_too"].Id, link.Id)], NetnsHook.Query(space, BpfAttachType.FlowDissector));
            link.Update(loaded.Programs["dissect"], expected: loaded.Programs["dissect_too"]);
            Assert.Throws<BpfSyscallException>(() => link.Update(loaded.Programs["dissect_too"], expected: loaded.Programs["dissect_too"]));
        });
    }

    [SkippableFact]
    public void What_was_attached_without_a_link_is_found_and_detached()
    {
        using FeatureProbe.Scope older = NetnsProbes.Links.Override(false);
        using BpfObject loaded = Load("dissect");
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);
        using NetnsLink link = loaded.Programs["dissect"].AttachNetns(space);
        NetnsHookProgram left = Assert.Single(NetnsHook.Query(space, BpfAttachType.FlowDissector));
        Assert.Equal(0u, left.LinkId);
        using BpfProgram found = BpfProgram.OpenById(left.ProgramId);

        NetnsHook.Detach(space, found);

        Assert.False(link.IsAttached);
        Assert.Contains("is not attached there", Assert.Throws<BpfSyscallException>(() => NetnsHook.Detach(space, found)).Message, StringComparison.Ordinal);
        Assert.Contains("somebody else", Assert.Throws<BpfSyscallException>(link.Detach).Message, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public void A_pinned_link_is_opened_again_and_detached()
    {
        using var pins = new BpfFileSystem();
        using BpfObject loaded = Load("leave");
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);
        using (NetnsLink link = loaded.Programs["leave"].AttachNetns(space))
        {
            link.Pin(pins["leave"]);
        }

        using NetnsLink again = NetnsLink.OpenPinned(pins["leave"]);
        using NetnsLink same = NetnsLink.OpenById(again.Id);
        Assert.Equal((space.Id, BpfAttachType.SkLookup), (again.NamespaceId, same.AttachType));
        again.Detach();
        Assert.False(same.IsAttached);
    }

    [SkippableFact]
    public void What_is_no_namespace_and_what_is_no_program_for_one_is_refused_by_name()
    {
        using BpfObject loaded = Load("leave");
        using BpfProgram xdp = XdpPrograms.Drop();

        Assert.Contains("is no network namespace", Assert.Throws<BpfSyscallException>(() => loaded.Programs["leave"].AttachNetns("/proc/self/ns/mnt")).Message, StringComparison.Ordinal);
        Assert.Contains("is no network namespace", Assert.Throws<BpfSyscallException>(() => loaded.Programs["leave"].AttachNetns("/etc/passwd")).Message, StringComparison.Ordinal);
        Assert.Contains("did you mean '/proc/self/ns/net'", Assert.Throws<BpfSyscallException>(() => loaded.Programs["leave"].AttachNetns("/proc/self/ns/nett")).Message, StringComparison.Ordinal);
        Assert.Contains("no such process", Assert.Throws<BpfSyscallException>(() => loaded.Programs["leave"].AttachNetns(int.MaxValue)).Message, StringComparison.Ordinal);
        Assert.Contains("'/run/netns", Assert.Throws<BpfSyscallException>(() => loaded.Programs["leave"].AttachNetns("ebpfnet-none")).Message, StringComparison.Ordinal);
        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachNetns()).Message, StringComparison.Ordinal);
    }

    /// <summary>One program of each kind, in the object's own way; a socket map takes no more rights than the tests have.</summary>
    private static BpfObject Load(params string[] programs)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("netns_hooks", programs);
        spec.Variables["steered"].SetValue((uint)SteeredPort);
        return BpfObject.Load(spec);
    }

    private bool Connects() => _host.Run(() => CgroupActivity.Connect(new IPEndPoint(IPAddress.Loopback, SteeredPort))) == SocketError.Success;

    /// <summary>The kernel takes frames from packet sockets apart, to find their transport header.</summary>
    private void SendFrame() => _host.Run(() =>
    {
        using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
        byte[] frame = new byte[60];
        (frame[12], frame[13], frame[14]) = (0x08, 0x00, 0x45);
        socket.SendTo(frame, new LinkLayerEndPoint(1));
    });
}
