using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.KernelTests.XdpDrop;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Maps of AF_XDP sockets, and real packets that reach such a socket past the network stack.</summary>
public sealed class XskMapTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    [SkippableTheory]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Generic)]
    public void A_socket_in_the_map_gets_the_packets_of_its_queue_until_it_is_taken_out(XdpMode mode)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("redirects", "to_socket"));
        using NetworkHost sender = NetworkHost.Create("sender");
        using NetworkHost receiver = NetworkHost.Create("receiver");
        VethPair.Create(sender, "eth0", receiver, "eth0");
        receiver.SetUp("eth0");
        sender.SetUp("eth0");
        BpfXskMap sockets = loaded.GetXskMap("sockets");
        using XdpLink link = receiver.Run(() => loaded.Programs["to_socket"].AttachXdp("eth0", mode));
        using XdpSocket socket = receiver.Run(() => new XdpSocket(receiver.GetInterface("eth0").Index, queue: 0));
        using Socket from = sender.CreateSocket(AddressFamily.Packet, SocketType.Raw, 0);
        var target = new LinkLayerEndPoint(sender.GetInterface("eth0").Index);
        byte[] frame = Frame.From("203.0.113.7");

        from.SendTo(frame, target);
        Assert.False(Receives(socket, frame, Moment));

        sockets.Set(0, socket.Handle);
        from.SendTo(frame, target);
        Assert.True(Receives(socket, frame, Patience));

        sockets.Remove(0);
        from.SendTo(frame, target);
        Assert.False(Receives(socket, frame, Moment));

        Assert.True(sockets.TryAdd(0, socket.Handle));
        from.SendTo(frame, target);
        Assert.True(Receives(socket, frame, Patience));
        sockets.Clear();
        from.SendTo(frame, target);
        Assert.False(Receives(socket, frame, Moment));
    }

    [SkippableFact]
    public void Adding_updating_and_removing_go_by_what_is_there_and_what_does_not_suit_is_refused()
    {
        using NetworkHost host = NetworkHost.Create("host");
        using NetworkHost other = NetworkHost.Create("other");
        VethPair.Create(host, "eth0", other, "eth0");
        using XdpSocket first = host.Run(() => new XdpSocket(host.GetInterface("eth0").Index, queue: 0));
        using XdpSocket second = other.Run(() => new XdpSocket(other.GetInterface("eth0").Index, queue: 0));
        using var map = BpfXskMap.Create("xsks", 2);
        Assert.False(map.TryUpdate(0, first.Handle));
        Assert.True(map.TryAdd(0, first.Handle));
        Assert.False(map.TryAdd(0, second.Handle));
        Assert.True(map.TryUpdate(0, second.Handle));
        map.Remove(0);
        map.Remove(0);
        Assert.True(map.TryAdd(0, first.Handle));

        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => map.Set(1, udp.SafeHandle));
        Assert.Contains("The socket is not one of AF_XDP", e.Message, StringComparison.Ordinal);
        using FileStream file = File.OpenRead("/proc/self/status");
        Assert.Contains("The handle is no socket's", Assert.Throws<BpfSyscallException>(() => map.Set(1, file.SafeFileHandle)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("socket", () => map.Set(1, null!));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => map.Set(2, first.Handle));
        first.Dispose();
        Assert.True(map.TryAdd(0, second.Handle)); // The first one left when it was closed.
        Assert.Throws<ObjectDisposedException>(() => map.Set(1, first.Handle));
    }

    /// <summary>Other packets, such as those of IPv6's own, may come in between.</summary>
    private static bool Receives(XdpSocket socket, byte[] frame, TimeSpan patience)
    {
        while (socket.Receive(patience) is { Length: > 0 } packet)
        {
            if (packet.AsSpan().SequenceEqual(frame))
            {
                return true;
            }
        }

        return false;
    }
}
