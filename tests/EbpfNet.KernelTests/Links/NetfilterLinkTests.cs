using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Links;

/// <summary>Netfilter on real packets: those that a host sends to itself.</summary>
[Trait("OtherKernels", "")]
public sealed class NetfilterLinkTests : KernelTest
{
    private readonly NetworkHost _host;
    private readonly BpfObject? _loaded;

    public NetfilterLinkTests()
    {
        _host = NetworkHost.Create("host");
        try
        {
            _loaded = BpfObject.Load(TestObjects.Read("netfilter"));
        }
        catch (BpfException e)
        {
            _host.Dispose();
            throw Lack.Of(KernelFeatures.HasProgramType(BpfProgramType.Netfilter).IsPresent, e);
        }
    }

    private BpfProgram Program => _loaded!.Programs["count"];

    private ulong Seen => _loaded!.GetVariable<ulong>("seen").Value;

    public override void Dispose()
    {
        _loaded?.Dispose();
        _host.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(NetfilterFamily.IPv4, NetfilterHook.PreRouting)]
    [InlineData(NetfilterFamily.IPv4, NetfilterHook.LocalIn)]
    [InlineData(NetfilterFamily.IPv4, NetfilterHook.LocalOut)]
    [InlineData(NetfilterFamily.IPv4, NetfilterHook.PostRouting)]
    [InlineData(NetfilterFamily.IPv6, NetfilterHook.LocalIn)]
    public void Packets_are_seen_while_the_program_is_attached(NetfilterFamily family, NetfilterHook hook)
    {
        var options = new NetfilterAttachOptions { Family = family, Hook = hook, Priority = 11 };
        IPAddress address = family == NetfilterFamily.IPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;

        Hook.Sees(() => Attach(options), () => Assert.True(Delivers(address)), () => Seen, link =>
        {
            Assert.Equal((family, hook, 11, BpfLinkType.Netfilter), (link.Family, link.Hook, link.Priority, link.Type));
            using NetfilterLink opened = NetfilterLink.OpenById(link.Id);
            Assert.Equal((family, hook, 11, false), (opened.Family, opened.Hook, opened.Priority, opened.Defragments));
        });
    }

    [SkippableFact]
    public void Packets_are_dropped_while_the_program_says_so()
    {
        using (Attach(new NetfilterAttachOptions { Hook = NetfilterHook.LocalIn }))
        {
            _loaded!.GetVariable<uint>("drops").Value = 1;
            Assert.False(Delivers(IPAddress.Loopback));
            Assert.True(Delivers(IPAddress.IPv6Loopback));
        }

        Assert.True(Delivers(IPAddress.Loopback));
    }

    [SkippableFact]
    public void Fragments_are_put_together_when_asked_for()
    {
        _host.Run(() => Tool.Run("ip", "link set dev lo mtu 1500"));
        var options = new NetfilterAttachOptions { Hook = NetfilterHook.PreRouting, Priority = -100 };
        using (Attach(options))
        {
            Assert.True(Delivers(IPAddress.Loopback, 4000));
            Assert.Equal(3ul, Seen);
        }

        NetfilterLink link;
        try
        {
            link = Attach(options with { Defragment = true });
        }
        catch (BpfNotSupportedException e)
        {
            Skip.If(true, e.Message);
            throw;
        }

        using (link)
        {
            Assert.True(link.Defragments);
            Assert.True(Delivers(IPAddress.Loopback, 4000));
            Assert.Equal(4ul, Seen);
        }
    }

    [SkippableFact]
    public void A_pinned_link_stays_until_it_is_detached()
    {
        using var pins = new BpfFileSystem();
        using (NetfilterLink link = Attach(new NetfilterAttachOptions { Hook = NetfilterHook.LocalIn }))
        {
            link.Pin(pins["link"]);
        }

        Assert.True(Delivers(IPAddress.Loopback));
        Assert.Equal(1ul, Seen);
        using NetfilterLink opened = NetfilterLink.OpenPinned(pins["link"]);
        opened.Detach();
        Assert.True(Delivers(IPAddress.Loopback));
        Assert.Equal(1ul, Seen);
    }

    [SkippableFact]
    public void What_the_kernel_does_not_take_is_said()
    {
        using BpfProgram xdp = XdpPrograms.Pass();
        using NetfilterLink there = Attach(new NetfilterAttachOptions { Priority = 5 });

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => Attach(new NetfilterAttachOptions { Priority = 5 }));

        Assert.Equal(BpfErrno.EBUSY, e.Error);
        Assert.StartsWith("Could not attach program 'count' to netfilter's IPv4 PreRouting with priority 5: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("give another one", e.Message, StringComparison.Ordinal);
        Assert.Contains("BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachNetfilter(new NetfilterAttachOptions())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(new NetfilterAttachOptions { Priority = int.MinValue }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(new NetfilterAttachOptions { Hook = (NetfilterHook)5 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(new NetfilterAttachOptions { Family = (NetfilterFamily)1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attach(new NetfilterAttachOptions { Defragment = true, Priority = -400 }));
        Assert.Contains("replaces no program", Assert.Throws<BpfNotSupportedException>(() => there.Update(Program)).Message, StringComparison.Ordinal);
    }

    private NetfilterLink Attach(NetfilterAttachOptions options) => _host.Run(() => Program.AttachNetfilter(options));

    /// <summary>Whether a datagram that the host sends to itself arrives.</summary>
    private bool Delivers(IPAddress address, int size = 1)
    {
        using Socket from = _host.CreateSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using Socket to = _host.CreateSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        to.Bind(new IPEndPoint(address, 0));
        try
        {
            from.SendTo(new byte[size], to.LocalEndPoint!);
        }
        catch (SocketException)
        {
            return false; // Dropped before it left.
        }

        return to.Poll(TimeSpan.FromMilliseconds(300), SelectMode.SelectRead) && to.Receive(new byte[size]) == size;
    }
}
