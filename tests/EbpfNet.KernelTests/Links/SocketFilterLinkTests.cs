using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.KernelTests.Links;

/// <summary>Filters of sockets and of an interface's packets, and the choice among sockets that share a port.</summary>
[Trait("OtherKernels", "")]
public sealed class SocketFilterLinkTests : KernelTest
{
    [SkippableFact]
    public void A_socket_gets_what_the_program_keeps_while_it_is_attached()
    {
        using BpfObject loaded = Load("filter", "drop");
        using Socket receiver = Bound();
        using Socket sender = Bound();
        loaded.GetVariable<uint>("kept").Value = 8 + 3; // The header, and three bytes behind it.
        int received = 0;

        Hook.Sees(() => loaded.Programs["filter"].AttachSocketFilter(receiver), () => received = SendAndReceive(sender, receiver), () => loaded.GetVariable<ulong>("seen").Value, link =>
        {
            Assert.Equal(3, received);
            Assert.Contains("has a filter already", Assert.Throws<BpfSyscallException>(() => loaded.Programs["drop"].AttachSocketFilter(receiver)).Message, StringComparison.Ordinal);
            link.Update(loaded.Programs["drop"], expected: loaded.Programs["filter"]);
            Assert.Equal(0, SendAndReceive(sender, receiver));
            Assert.Throws<BpfSyscallException>(() => link.Update(loaded.Programs["filter"], expected: loaded.Programs["filter"]));
        });

        Assert.Equal(10, received);
    }

    [SkippableFact]
    public void A_filter_goes_with_its_socket()
    {
        using BpfObject loaded = Load("drop");
        Socket socket = Bound();
        using SocketFilterLink link = loaded.Programs["drop"].AttachSocketFilter(socket);
        Assert.True(link.IsAttached);

        socket.Dispose();

        Assert.False(link.IsAttached);
    }

    [SkippableFact]
    public void A_filter_of_an_interface_ends_with_the_interface()
    {
        using BpfObject loaded = Load("filter");
        using NetworkHost host = NetworkHost.Create("leaving");
        host.Run(() => Tool.Run("ip", "link add eth0 type veth peer name eth1"));
        using SocketFilterLink link = host.Run(() => loaded.Programs["filter"].AttachSocketFilter("eth0"));
        Assert.True(link.IsAttached);

        host.Run(() => Tool.Run("ip", "link delete eth0"));

        Assert.False(link.IsAttached);
    }

    [SkippableFact]
    public void The_packets_of_an_interface_are_seen_while_the_program_is_attached()
    {
        using BpfObject loaded = Load("filter");
        loaded.GetVariable<uint>("kept").Value = 20;
        using Socket receiver = Bound();
        using Socket sender = Bound();

        Hook.Sees(() => loaded.Programs["filter"].AttachSocketFilter("lo"), () => SendAndReceive(sender, receiver), () => loaded.GetVariable<ulong>("seen").Value, link =>
        {
            Assert.Equal("lo", link.InterfaceName);
            link.Socket.ReceiveTimeout = 10_000;
            Assert.Equal(20, link.Socket.Receive(new byte[2000]));
        });
        Assert.Contains("did you mean 'lo'?", Assert.Throws<BpfSyscallException>(() => loaded.Programs["filter"].AttachSocketFilter("l0")).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("choose_by_index")]
    [InlineData("choose_from_map")]
    public void The_program_chooses_among_the_sockets_of_a_port_while_it_is_attached(string program)
    {
        using BpfObject loaded = Load(program);
        using Socket first = Bound(share: true);
        using Socket second = Bound(share: true, ((IPEndPoint)first.LocalEndPoint!).Port);
        using Socket sender = Bound();
        BpfReusePortSockArray sockets = loaded.GetReusePortSockArray("sockets");
        sockets.Set(0, first);
        sockets.Set(1, second);

        Hook.Sees(
            () => loaded.Programs[program].AttachReusePort(second), () => Assert.True(SendAndReceive(sender, first, second) >= 0), () => loaded.GetVariable<ulong>("seen").Value, link =>
            {
                foreach (uint chosen in new uint[] { 0, 1, 0 })
                {
                    loaded.GetVariable<uint>("chosen").Value = chosen;
                    for (int i = 0; i < 5; i++)
                    {
                        Assert.Equal((int)chosen, SendAndReceive(sender, first, second));
                    }
                }

                link.Update(loaded.Programs[program]);
            });
    }

    [SkippableFact]
    public void A_choice_that_another_has_replaced_leaves_that_alone()
    {
        using BpfObject loaded = Load("choose_by_index");
        using BpfObject next = Load("choose_by_index");
        using Socket first = Bound(share: true);
        using Socket second = Bound(share: true, ((IPEndPoint)first.LocalEndPoint!).Port);
        using Socket sender = Bound();
        ReusePortLink old = loaded.Programs["choose_by_index"].AttachReusePort(first);
        using ReusePortLink successor = next.Programs["choose_by_index"].AttachReusePort(first);
        next.GetVariable<uint>("chosen").Value = 1;

        Assert.Equal((false, true), (old.IsAttached, successor.IsAttached));
        Assert.Contains("by the same socket since", Assert.Throws<BpfSyscallException>(() => old.Update(loaded.Programs["choose_by_index"])).Message, StringComparison.Ordinal);
        Assert.Contains("which was left alone", Assert.Throws<BpfSyscallException>(old.Detach).Message, StringComparison.Ordinal);
        old.Dispose();

        Assert.True(successor.IsAttached);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(1, SendAndReceive(sender, first, second));
        }

        Assert.Equal(5ul, next.GetVariable<ulong>("seen").Value);
        successor.Detach();
        using ReusePortLink again = loaded.Programs["choose_by_index"].AttachReusePort(first);
        Assert.True(again.IsAttached);
    }

    [SkippableFact]
    public void A_classic_filter_that_somebody_else_put_there_is_left_alone()
    {
        using BpfObject loaded = Load("drop");
        using Socket receiver = Bound();
        using Socket sender = Bound();
        using SocketFilterLink link = loaded.Programs["drop"].AttachSocketFilter(receiver);
        Keep(receiver, 3);

        Assert.False(link.IsAttached);
        Assert.Contains("which was left alone", Assert.Throws<BpfSyscallException>(link.Detach).Message, StringComparison.Ordinal);
        link.Dispose();

        Assert.Equal(3, SendAndReceive(sender, receiver));
    }

    [SkippableFact]
    public void A_socket_that_shares_no_port_and_programs_of_other_types_are_refused()
    {
        using BpfObject loaded = Load("choose_by_index", "choose_from_map");
        using Socket alone = Bound();
        using BpfProgram xdp = XdpPrograms.Drop();

        Assert.Contains("set SO_REUSEPORT", Assert.Throws<BpfSyscallException>(() => loaded.Programs["choose_by_index"].AttachReusePort(alone)).Message, StringComparison.Ordinal);
        Assert.Contains("is of type BPF_PROG_TYPE_SK_REUSEPORT", Assert.Throws<ArgumentException>(() => loaded.Programs["choose_from_map"].AttachSocketFilter(alone)).Message, StringComparison.Ordinal);
        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachReusePort(alone)).Message, StringComparison.Ordinal);
        Assert.Contains("call AttachSocketFilter(socket)", Assert.Throws<InvalidOperationException>(loaded.Programs["choose_by_index"].Attach).Message, StringComparison.Ordinal);
    }

    private static BpfObject Load(params string[] programs) => BpfObject.Load(TestObjects.ReadOnly("socket_hooks", programs));

    private static Socket Bound(bool share = false, int port = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (share)
        {
            socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        }

        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    /// <summary>Puts a classic filter on the socket that keeps the header and a few bytes.</summary>
    private static unsafe void Keep(Socket socket, uint bytes)
    {
        ulong returns = 0x06 | (ulong)(8 + bytes) << 32; // struct sock_filter { BPF_RET | BPF_K, 0, 0, k }
        byte* program = stackalloc byte[16]; // struct sock_fprog
        *(ushort*)program = 1;
        *(ulong**)(program + 8) = &returns;
        socket.SetRawSocketOption(1, 26, new ReadOnlySpan<byte>(program, 16)); // SO_ATTACH_FILTER
    }

    /// <summary>Sends ten bytes over loopback, which arrive before the call is back; tells how many did.</summary>
    private static int SendAndReceive(Socket sender, Socket receiver)
    {
        sender.SendTo(new byte[10], receiver.LocalEndPoint!);
        return receiver.Poll(50_000, SelectMode.SelectRead) ? receiver.Receive(new byte[10]) : 0;
    }

    /// <summary>Sends over loopback; tells which of the two got it, or -1.</summary>
    private static int SendAndReceive(Socket sender, Socket first, Socket second)
    {
        sender.SendTo(new byte[10], first.LocalEndPoint!);
        Socket? taker = first.Poll(50_000, SelectMode.SelectRead) ? first : second.Poll(50_000, SelectMode.SelectRead) ? second : null;
        taker?.Receive(new byte[10]);
        return taker == first ? 0 : taker == second ? 1 : -1;
    }
}
