using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Programs;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>xdp_drop on an interface: frames from a packet socket, over a cable between two network namespaces.</summary>
public sealed class XdpDropTrafficTests : KernelTest
{
    private const string Interface = "eth0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NetworkHost _sender;
    private readonly NetworkHost _receiver;
    private readonly Socket _out;
    private readonly Socket _in;

    public XdpDropTrafficTests()
    {
        _sender = NetworkHost.Create("sender");
        _receiver = NetworkHost.Create("receiver");
        VethPair.Create(_sender, Interface, _receiver, Interface);
        _out = OpenPacketSocket(_sender);
        _in = OpenPacketSocket(_receiver);
    }

    public override void Dispose()
    {
        _in.Dispose();
        _out.Dispose();
        _receiver.Dispose();
        _sender.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Generic)]
    public void Blocked_frames_do_not_arrive_whatever_tags_they_carry(XdpMode mode)
    {
        using XdpDropProgram program = XdpDropProgram.Load();
        program.Block(IPAddress.Parse("203.0.113.7"));
        program.Block(IPNetwork.Parse("198.51.100.0/24"));
        program.Block(IPNetwork.Parse("2001:db8::/32"));
        using XdpLink link = _receiver.Run(() => program.Attach(Interface, mode));

        string[] blocked = ["203.0.113.7", "198.51.100.200", "2001:db8::7"];
        ushort[][] tags = [[], [Frame.Vlan], [Frame.VlanService, Frame.Vlan]];
        foreach (ushort[] stack in tags)
        {
            foreach (string source in blocked)
            {
                Send(Frame.From(source, stack));
            }

            // Frames stay in order: when this one has arrived, none of those before it will.
            Assert.Equal([IPAddress.Parse("192.0.2.7")], SourcesUntil("192.0.2.7", stack));
        }

        int length = Frame.From("203.0.113.7").Length;
        Assert.Equal(new XdpDropCounters(3, (ulong)((3 * length) + (3 * Frame.TagLength))), program.ReadCounters(IPNetwork.Parse("203.0.113.7/32")));
        Assert.Equal(3ul, program.ReadCounters(IPNetwork.Parse("198.51.100.0/24")).Packets);
        Assert.Equal(3ul, program.ReadCounters(IPNetwork.Parse("2001:db8::/32")).Packets);
    }

    [SkippableFact]
    public void The_blocklist_is_changed_while_packets_flow()
    {
        IPAddress address = IPAddress.Parse("203.0.113.7");
        using XdpDropProgram program = XdpDropProgram.Load();
        using XdpLink link = _receiver.Run(() => program.Attach(Interface));

        Send(Frame.From(address));
        Assert.Contains(address, SourcesUntil("192.0.2.1"));
        program.Block(address);
        Send(Frame.From(address));
        Assert.DoesNotContain(address, SourcesUntil("192.0.2.2"));
        program.Unblock(address);
        Send(Frame.From(address));
        Assert.Contains(address, SourcesUntil("192.0.2.3"));
    }

    [SkippableFact]
    public void Frames_arrive_again_once_the_link_is_disposed()
    {
        IPAddress address = IPAddress.Parse("203.0.113.7");
        using XdpDropProgram program = XdpDropProgram.Load();
        program.Block(IPNetwork.Parse("203.0.113.0/24"));
        using (XdpLink link = _receiver.Run(() => program.Attach(Interface)))
        {
            Send(Frame.From(address));
            Assert.DoesNotContain(address, SourcesUntil("192.0.2.1"));
        }

        Send(Frame.From(address));
        Assert.Contains(address, SourcesUntil("192.0.2.2"));
    }

    private static Socket OpenPacketSocket(NetworkHost host)
    {
        int index = host.GetInterface(Interface).Index;
        Socket socket = host.CreateSocket(AddressFamily.Packet, SocketType.Raw, 0);
        socket.Bind(new LinkLayerEndPoint(index));
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        return socket;
    }

    private void Send(byte[] frame) => Assert.Equal(frame.Length, _out.Send(frame));

    /// <summary>Sends a last frame and gives the sources of all frames of ours that arrive up to it, tags looked through.</summary>
    private List<IPAddress> SourcesUntil(string last, params ReadOnlySpan<ushort> tags)
    {
        IPAddress lastAddress = IPAddress.Parse(last);
        Send(Frame.From(lastAddress, tags));
        List<IPAddress> sources = [];
        byte[] buffer = new byte[2048];
        do
        {
            int length = _in.Receive(buffer);
            if (SourceOf(buffer.AsSpan(0, length)) is { } source)
            {
                sources.Add(source);
            }
        }
        while (!sources.Contains(lastAddress));
        return sources;
    }

    // The hosts' own chatter (router solicitations and the like) has other destinations.
    private static IPAddress? SourceOf(ReadOnlySpan<byte> frame)
    {
        if (!frame[..6].SequenceEqual((ReadOnlySpan<byte>)[255, 255, 255, 255, 255, 255]))
        {
            return null;
        }

        int type = 12;
        while (frame[type..] is [0x81, 0x00, ..] or [0x88, 0xA8, ..])
        {
            type += Frame.TagLength;
        }

        return frame[type..] switch
        {
            [0x08, 0x00, ..] => new IPAddress(frame.Slice(type + 2 + 12, 4)),
            [0x86, 0xDD, ..] => new IPAddress(frame.Slice(type + 2 + 8, 16)),
            _ => null,
        };
    }
}
