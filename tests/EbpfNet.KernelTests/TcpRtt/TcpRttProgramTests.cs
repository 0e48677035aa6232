using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EbpfNet.KernelTests.Links;
using EbpfNet.Loading;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpRttProgram;

namespace EbpfNet.KernelTests.TcpRtt;

/// <summary>Both programs of tcp_rtt, each alone: one record for a connection that was established and is closed, whatever way, and none for anything else.</summary>
[Trait("OtherKernels", "")]
public sealed class TcpRttProgramTests : KernelTest
{
    private const string AtClose = "tcp_close_fentry";
    private const string AtStateChange = "tcp_close_tp_btf";
    private const ulong Data = 100_000;

    // Addresses that nobody else on the machine uses.
    private static readonly IPAddress ServerAddress = IPAddress.Parse("127.77.3.1");
    private static readonly IPAddress ClientAddress = IPAddress.Parse("127.77.3.2");
    private static readonly LingerOption Reset = new(true, 0);

    [SkippableFact]
    public void The_function_is_taken_where_the_kernel_has_it()
    {
        bool attachesToFunctions = AttachProbes.Entries.IsPresent;

        using TcpRttProgram program = TcpRttProgram.Load();

        Assert.Equal(attachesToFunctions ? AtClose : AtStateChange, program.Choice.Taken);
        Assert.Equal([program.Choice.Taken], program.Object.Programs.Names);
        Assert.Equal(attachesToFunctions ? [] : [AtClose], program.Choice.PassedOver.Select(other => other.Program));
    }

    [SkippableFact]
    public void Networks_that_a_pinned_map_holds_are_refused()
    {
        using BpfFileSystem pins = new();
        Spec spec = TcpRttProgram.ReadSpec();
        spec.Ipv4Networks.PinPath = pins["networks"];
        using TcpRttProgram first = TcpRttProgram.Load(spec, new BpfLoadOptions());
        first.Add(IPNetwork.Parse("192.0.2.0/24"));
        first.Add(IPNetwork.Parse("198.51.100.7/32"));

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => TcpRttProgram.Load(spec, new BpfLoadOptions()));

        Assert.StartsWith("Map 'ipv4_networks' was pinned before, and holds 2 entries that", refused.Message, StringComparison.Ordinal);
        first.Remove(IPNetwork.Parse("192.0.2.0/24"));
        first.Remove(IPNetwork.Parse("198.51.100.7/32"));
        using TcpRttProgram second = TcpRttProgram.Load(spec, new BpfLoadOptions());
        Assert.Empty(second.Networks);
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void A_connection_that_both_ends_close_has_one_record_for_each(string which)
    {
        using Watched watched = new(which, ServerAddress, ClientAddress);
        (Socket client, Socket server) = Connect();
        client.Send(new byte[Data]);
        Receive(server, (int)Data);
        server.Send("hello"u8);
        Receive(client, 5);
        (IPEndPoint ofClient, IPEndPoint ofServer) = ((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)server.LocalEndPoint!);

        client.Dispose();
        server.Dispose();

        TcpRttConnection[] seen = watched.Read(2);
        TcpRttConnection one = seen.Single(connection => connection.LocalPort == ofClient.Port);
        TcpRttConnection other = seen.Single(connection => connection.LocalPort == ofServer.Port);
        Assert.Equal((ofClient.Address, ofServer.Address, ofServer.Port), (AddressOf(one.Local), AddressOf(one.Remote), one.RemotePort));
        Assert.Equal((ofServer.Address, ofClient.Address, ofClient.Port), (AddressOf(other.Local), AddressOf(other.Remote), other.RemotePort));
        Assert.Equal((Data, 5ul), (one.Sent, one.Received));
        Assert.Equal((5ul, Data), (other.Sent, other.Received));
        Assert.All(seen, connection => Assert.InRange(connection.Rtt, 1u, 10_000_000u));
        Assert.Equal(one.NetworkNamespace, other.NetworkNamespace);
        Assert.Equal($"net:[{one.NetworkNamespace}]", new FileInfo("/proc/self/ns/net").LinkTarget);
    }

    [SkippableTheory]
    [InlineData(AtClose, "half-closed")]
    [InlineData(AtStateChange, "half-closed")]
    [InlineData(AtClose, "reset by the client")]
    [InlineData(AtStateChange, "reset by the client")]
    [InlineData(AtClose, "reset by the server")]
    [InlineData(AtStateChange, "reset by the server")]
    [InlineData(AtClose, "never accepted")]
    [InlineData(AtStateChange, "never accepted")]
    public void However_it_ends_there_is_one_record(string which, string ending)
    {
        using Watched watched = new(which, ClientAddress);
        int port;
        if (ending == "never accepted")
        {
            using Socket listener = Listen();
            using Socket waiting = ConnectTo(listener);
            port = ((IPEndPoint)waiting.LocalEndPoint!).Port;
        }
        else
        {
            (Socket client, Socket server) = Connect();
            port = ((IPEndPoint)client.LocalEndPoint!).Port;
            client.Send("abc"u8);
            Receive(server, 3);
            if (ending == "half-closed")
            {
                client.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, server.Receive(new byte[1]));
                server.Send("answer"u8);
                server.Dispose();
                Receive(client, 6);
                Assert.Equal(0, client.Receive(new byte[1]));
                client.Dispose();
            }
            else
            {
                (Socket first, Socket second) = ending == "reset by the client" ? (client, server) : (server, client);
                first.LingerState = Reset;
                first.Dispose();
                Assert.Throws<SocketException>(() => second.Receive(new byte[1]));
                second.Dispose();
            }
        }

        TcpRttConnection connection = Assert.Single(watched.Read(1));
        Assert.Equal(port, connection.LocalPort);
        Assert.Equal((ending == "never accepted" ? 0ul : 3ul, ending == "half-closed" ? 6ul : 0ul), (connection.Sent, connection.Received));
    }

    [SkippableTheory]
    [InlineData(AtClose, "lingering for no time")]
    [InlineData(AtStateChange, "lingering for no time")]
    [InlineData(AtClose, "with unread data")]
    [InlineData(AtStateChange, "with unread data")]
    public void What_a_reset_throws_away_was_not_sent(string which, string closing)
    {
        using Watched watched = new(which, ServerAddress, ClientAddress);
        (Socket client, Socket server) = Connect();
        int port = ((IPEndPoint)client.LocalEndPoint!).Port;
        if (closing == "with unread data")
        {
            server.Send("unread"u8);
            Assert.True(client.Poll(TimeSpan.FromSeconds(20), SelectMode.SelectRead));
        }
        else
        {
            client.LingerState = Reset;
        }

        // Nobody reads: at last the receiver has no room, and what more is handed over waits to be sent.
        client.Blocking = false;
        ulong handedOver = 0;
        byte[] data = new byte[Data];
        while (client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
        {
            handedOver += (ulong)client.Send(data);
        }

        client.Dispose();
        server.Dispose();

        TcpRttConnection[] seen = watched.Read(2);
        TcpRttConnection one = seen.Single(connection => connection.LocalPort == port);
        TcpRttConnection other = seen.Single(connection => connection.RemotePort == port);
        Assert.True(one.Sent < handedOver, $"{one.Sent} of {handedOver} bytes are said to be sent");
        Assert.Equal(other.Received, one.Sent);
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void Listeners_and_attempts_that_fail_have_none(string which)
    {
        using Watched watched = new(which, ServerAddress, ClientAddress);
        EndPoint nobody;
        using (Socket listener = Listen())
        {
            nobody = listener.LocalEndPoint!;
        }

        using (Socket refused = Bound())
        {
            Assert.Throws<SocketException>(() => refused.Connect(nobody));
        }

        using (Socket notWaitedFor = Bound())
        {
            notWaitedFor.Blocking = false;
            try
            {
                notWaitedFor.Connect(nobody);
            }
            catch (SocketException)
            {
                // Refused, now or in a moment.
            }
        }

        Bound().Dispose();
        Assert.Empty(watched.Read(0));
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void IPv6_is_seen_and_IPv4_over_its_sockets_is_IPv4(string which)
    {
        Skip.IfNot(Socket.OSSupportsIPv6, "this machine has no IPv6");
        using Watched watched = new(which, ClientAddress, IPAddress.IPv6Loopback);
        using Socket listener = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using (Socket client = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp))
        {
            client.Connect(IPAddress.IPv6Loopback, port);
            listener.Accept().Dispose();
        }

        using (Socket client = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true })
        {
            client.Bind(new IPEndPoint(ClientAddress.MapToIPv6(), 0));
            client.Connect(ServerAddress.MapToIPv6(), port);
            listener.Accept().Dispose();
        }

        TcpRttConnection[] seen = [.. watched.Read(3).Where(connection => connection.RemotePort == port)];
        Assert.Equal([IPAddress.IPv6Loopback, ClientAddress], seen.Select(connection => AddressOf(connection.Local)));
        Assert.Equal([IPAddress.IPv6Loopback, ServerAddress], seen.Select(connection => AddressOf(connection.Remote)));
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void The_list_says_whose_are_reported_while_the_program_runs(string which)
    {
        using Watched watched = new(which);
        Reported(0);
        Assert.True(watched.Program.Add(IPNetwork.Parse("127.77.3.2/31")));
        Assert.False(watched.Program.Add(IPNetwork.Parse("::ffff:127.77.3.2/127")));
        Reported(1);
        Assert.True(watched.Program.Add(IPNetwork.Parse("127.77.0.0/16")));
        Reported(2);
        Assert.True(watched.Program.Remove(IPNetwork.Parse("127.77.3.2/31")));
        Reported(2);
        Assert.True(watched.Program.Remove(IPNetwork.Parse("127.77.0.0/16")));
        Assert.False(watched.Program.Remove(IPNetwork.Parse("127.77.0.0/16")));
        Assert.True(watched.Program.Add(IPNetwork.Parse("::/0")));
        Reported(0);

        void Reported(int records)
        {
            ConnectAndClose();
            Assert.Equal(records, watched.Read(records).Length);
        }
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void With_either_end_the_remote_address_counts_too_and_with_all_none(string which)
    {
        using (Watched watched = new(which, spec => spec.Either = true, ClientAddress))
        {
            ConnectAndClose();
            Assert.Equal(2, watched.Read(2).Length);
        }

        using Watched everything = new(which, spec => spec.All = true);
        ConnectAndClose();
        Assert.Equal(2, everything.Read(2).Count(connection => AddressOf(connection.Local) is var local && (local.Equals(ClientAddress) || local.Equals(ServerAddress))));
    }

    [SkippableTheory]
    [InlineData(AtClose)]
    [InlineData(AtStateChange)]
    public void What_finds_no_room_is_counted(string which)
    {
        const int Connections = 100;
        int page = Environment.SystemPageSize;
        using Watched watched = new(which, spec => spec.Connections.MaxEntries = (uint)page, ClientAddress);
        for (int i = 0; i < Connections; i++)
        {
            ConnectAndClose();
        }

        // The kernel is done with the last ones a moment after close() has returned.
        Assert.True(SpinWait.SpinUntil(() => watched.Lost + (watched.Program.Connections.Available / 80) == Connections, TimeSpan.FromSeconds(20)), $"{watched.Lost} are counted as lost");
        Assert.Equal(Connections - watched.Lost, watched.Read(0).Length);
        Assert.InRange(watched.Lost, 1, Connections - 1);
    }

    private static void ConnectAndClose()
    {
        (Socket client, Socket server) = Connect();
        client.Dispose();
        server.Dispose();
    }

    private static (Socket Client, Socket Server) Connect()
    {
        using Socket listener = Listen();
        Socket client = ConnectTo(listener);
        return (client, listener.Accept());
    }

    private static Socket Listen()
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(ServerAddress, 0));
        listener.Listen();
        return listener;
    }

    private static Socket ConnectTo(Socket listener)
    {
        Socket client = Bound();
        client.Connect(listener.LocalEndPoint!);
        return client;
    }

    private static Socket Bound()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(ClientAddress, 0));
        return socket;
    }

    private static void Receive(Socket from, int count) => TcpPair.Receive(from, count);

    private static IPAddress AddressOf(TcpRttAddress address)
    {
        IPAddress read = new(MemoryMarshal.AsBytes(new ReadOnlySpan<TcpRttAddress>(in address)));
        return read.IsIPv4MappedToIPv6 ? read.MapToIPv4() : read;
    }

    /// <summary>One of the programs, attached, and what it reports.</summary>
    private sealed class Watched : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
        private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

        private readonly BpfLink _link;

        internal Watched(string which, params IPAddress[] addresses)
            : this(which, _ => { }, addresses)
        {
        }

        internal Watched(string which, Action<Spec> edit, params IPAddress[] addresses)
        {
            if (which == AtClose)
            {
                TracingKernel.RequireEntries();
            }

            Spec spec = ReadSpec();
            (which == AtClose ? spec.TcpCloseTpBtf : spec.TcpCloseFentry).AutoLoad = false;
            edit(spec);
            Program = TcpRttProgram.Load(spec);
            Assert.Equal(which, Program.Choice.Taken);
            foreach (IPAddress address in addresses)
            {
                Program.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            }

            _link = Program.Attach();
        }

        internal TcpRttProgram Program { get; }

        internal long Lost => Program.Connections.LostRecords ?? -1;

        /// <summary>Waits for so many, and a moment for more, which should not come.</summary>
        internal TcpRttConnection[] Read(int expected)
        {
            List<TcpRttConnection> seen = [];
            while (Program.Connections.Wait(seen.Count < expected ? Patience : Moment))
            {
                Program.Connections.Consume(seen, static (record, to) => to.Add(MemoryMarshal.Read<TcpRttConnection>(record)));
            }

            return [.. seen];
        }

        public void Dispose()
        {
            _link.Dispose();
            Program.Dispose();
        }
    }
}
