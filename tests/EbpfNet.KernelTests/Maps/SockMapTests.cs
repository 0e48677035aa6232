using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Maps of sockets, without programs: what user space sees of them.</summary>
public sealed class SockMapTests : KernelTest
{
    private static readonly Config SomeRuns = Config.QuickThrowOnFailure.WithMaxTest(30).WithEndSize(30);

    private readonly Lazy<TcpPair[]> _pairs;

    public SockMapTests() => _pairs = new(() => [.. Enumerable.Range(0, 4).Select(_ => new TcpPair())]);

    private enum Operation
    {
        Set,
        Add,
        Update,
        Remove,
        Get,
        Clear,
    }

    private Socket[] Sockets => [.. _pairs.Value.Select(pair => pair.Server)];

    public override void Dispose()
    {
        if (_pairs.IsValueCreated)
        {
            Array.ForEach(_pairs.Value, pair => pair.Dispose());
        }

        base.Dispose();
    }

    [SkippableFact]
    public void An_array_of_sockets_does_what_an_array_does()
    {
        using var map = BpfSockMap.Create("model_sockmap", 4);
        Socket[] sockets = Sockets;
        Assert.Equal(8, map.Map.ValueSize);
        Check.One(SomeRuns, Prop.ForAll(Operations(), operations =>
        {
            var model = new Dictionary<int, ulong>();
            map.Clear();
            foreach ((Operation what, int key, int which) in operations)
            {
                ulong cookie = sockets[which].GetCookie();
                switch (what)
                {
                    case Operation.Set:
                        map.Set(key, sockets[which]);
                        model[key] = cookie;
                        break;
                    case Operation.Add:
                        Assert.Equal(model.TryAdd(key, cookie), map.TryAdd(key, sockets[which]));
                        break;
                    case Operation.Update:
                        Assert.Equal(model.ContainsKey(key), map.TryUpdate(key, sockets[which]));
                        if (model.ContainsKey(key))
                        {
                            model[key] = cookie;
                        }

                        break;
                    case Operation.Remove:
                        Assert.Equal(model.Remove(key), map.Remove(key));
                        break;
                    case Operation.Get:
                        Assert.Equal(model.TryGetValue(key, out ulong expected), map.TryGetCookie(key, out ulong found));
                        Assert.Equal((expected, model.ContainsKey(key)), (found, map.Contains(key)));
                        break;
                    default:
                        map.Clear();
                        model.Clear();
                        break;
                }
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), map);
            Assert.Equal(model.Count, map.Count);
        }));
    }

    [SkippableFact]
    public void A_hash_table_of_sockets_does_what_a_dictionary_does()
    {
        using var map = BpfSockHash<Twelve>.Create("model_sockhash", 3);
        Socket[] sockets = Sockets;
        Check.One(SomeRuns, Prop.ForAll(Operations(), operations =>
        {
            var model = new Dictionary<Twelve, ulong>();
            map.Clear();
            foreach ((Operation what, int number, int which) in operations)
            {
                Twelve key = Twelve.From(number);
                ulong cookie = sockets[which].GetCookie();
                bool full = model.Count == 3 && !model.ContainsKey(key);
                switch (what)
                {
                    case Operation.Set or Operation.Add when full:
                        Assert.Contains("is full (3 entries)", Assert.Throws<BpfSyscallException>(() => map.Set(key, sockets[which])).Message, StringComparison.Ordinal);
                        break;
                    case Operation.Set:
                        map.Set(key, sockets[which]);
                        model[key] = cookie;
                        break;
                    case Operation.Add:
                        Assert.Equal(model.TryAdd(key, cookie), map.TryAdd(key, sockets[which]));
                        break;
                    case Operation.Update:
                        Assert.Equal(model.ContainsKey(key), map.TryUpdate(key, sockets[which]));
                        if (model.ContainsKey(key))
                        {
                            model[key] = cookie;
                        }

                        break;
                    case Operation.Remove:
                        Assert.Equal(model.Remove(key), map.Remove(key));
                        break;
                    case Operation.Get:
                        Assert.Equal(model.TryGetValue(key, out ulong expected), map.TryGetCookie(key, out ulong found));
                        Assert.Equal((expected, model.ContainsKey(key)), (found, map.ContainsKey(key)));
                        break;
                    default:
                        map.Clear();
                        model.Clear();
                        break;
                }
            }

            Assert.Equal(model.OrderBy(pair => pair.Key.A), map.OrderBy(pair => pair.Key.A));
            Assert.Equal(model.Count, map.Count);
        }));
    }

    [SkippableFact]
    public void Several_threads_put_sockets_in_and_take_them_out_at_once()
    {
        const int Rounds = 300;
        using var map = BpfSockHash<int>.Create("busy_sockhash", 64);
        Socket[] sockets = Sockets;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            ulong cookie = sockets[thread].GetCookie();
            for (int round = 0; round < Rounds; round++)
            {
                int key = (thread * 16) + (round % 16);
                Assert.True(map.TryAdd(key, sockets[thread]));
                Assert.False(map.TryAdd(key, sockets[thread]));
                Assert.True(map.TryGetCookie(key, out ulong found));
                Assert.Equal(cookie, found);
                Assert.InRange(map.Count, 1, 64); // Not one moment's number.
                Assert.All(map, pair => Assert.Equal(sockets[pair.Key / 16].GetCookie(), pair.Value));
                Assert.True(map.Remove(key));
                Assert.False(map.Remove(key));
            }
        });
        Assert.Empty(map);
    }

    [SkippableFact]
    public void A_socket_that_is_closed_leaves_the_map()
    {
        using var map = BpfSockMap.Create("leaving", 2);
        using var hash = BpfSockHash<int>.Create("leaving_hash", 2);
        using (var pair = new TcpPair())
        {
            map.Set(1, pair.Server);
            hash.Set(5, pair.Client);
            Assert.Equal([KeyValuePair.Create(1, pair.Server.GetCookie())], map);
            Assert.Equal([KeyValuePair.Create(5, pair.Client.GetCookie())], hash);
        }

        Assert.True(SpinWait.SpinUntil(() => map.Count == 0 && hash.Count == 0, TimeSpan.FromSeconds(10)));
    }

    [SkippableFact]
    public void Listening_TCP_and_bound_UDP_sockets_can_be_in_it()
    {
        using var map = BpfSockMap.Create("kinds", 2);
        using Socket listener = TcpPair.Listen();
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        map.Set(0, listener);
        map.Set(1, udp);

        Assert.Equal([listener.GetCookie(), udp.GetCookie()], map.Select(pair => pair.Value));
    }

    [SkippableFact]
    public void What_cannot_be_in_it_is_refused_with_the_reason()
    {
        using var map = BpfSockMap.Create("refusing", 2);
        using var unconnected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
        var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => map.Set(0, unconnected));
        Assert.Equal(BpfErrno.EOPNOTSUPP, e.Error);
        Assert.Contains("put a socket into map 'refusing'", e.Message, StringComparison.Ordinal);
        Assert.Contains("The socket is not connected", e.Message, StringComparison.Ordinal);
        Assert.Equal(BpfErrno.EOPNOTSUPP, Assert.Throws<BpfSyscallException>(() => map.Set(0, raw)).Error);
        Assert.Throws<ObjectDisposedException>(() => map.Set(0, closed));
        Assert.Throws<ArgumentNullException>("socket", () => map.Set(0, null!));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => map.Set(2, unconnected));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => map.Remove(-1));
        Assert.Contains("use BpfSockMap", Assert.Throws<ArgumentException>("map", () => new BpfSockHash<int>(map.Map)).Message, StringComparison.Ordinal);
        using var hash = BpfSockHash<int>.Create("hash", 2);
        Assert.Contains("use BpfSockHash<TKey>", Assert.Throws<ArgumentException>("map", () => new BpfReusePortSockArray(hash.Map)).Message, StringComparison.Ordinal);
        Assert.Throws<BpfLayoutException>(() => new BpfSockHash<long>(hash.Map));
    }

    [SkippableFact]
    public void A_map_with_values_of_4_bytes_is_written_but_not_read()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("sock_maps"));
        BpfSockMap map = loaded.GetSockMap("unreadable");
        map.Set(1, Sockets[0]);
        Assert.False(map.TryAdd(1, Sockets[1]));

        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => map.TryGetCookie(1, out _));
        Assert.Contains("declare them as __u64", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfNotSupportedException>(() => map.Count);
        Assert.Throws<BpfNotSupportedException>(() => map.GetEnumerator());
        Assert.True(map.Remove(1));
        Assert.False(map.Remove(1));
    }

    [SkippableFact]
    public void Sockets_that_share_a_port_are_in_an_array_and_one_that_does_not_is_refused()
    {
        using var array = BpfReusePortSockArray.Create("sharers", 3);
        using Socket first = Sharing(0);
        int port = (int)TcpPair.PortOf(first);
        using Socket second = Sharing(port);
        using var alone = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        alone.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        array.Set(2, first);
        Assert.True(array.TryAdd(0, second));
        Assert.False(array.TryUpdate(1, alone));
        Assert.Equal([KeyValuePair.Create(0, second.GetCookie()), KeyValuePair.Create(2, first.GetCookie())], array);
        Assert.Equal(2, array.Count);
        Assert.Contains("at one place only", Assert.Throws<BpfSyscallException>(() => array.Set(1, first)).Message, StringComparison.Ordinal);
        Assert.Contains("SO_REUSEPORT", Assert.Throws<BpfSyscallException>(() => array.Set(1, alone)).Message, StringComparison.Ordinal);
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Contains("Only TCP and UDP", Assert.Throws<BpfSyscallException>(() => array.Set(1, unix)).Message, StringComparison.Ordinal);
        Assert.True(array.Remove(2));
        Assert.False(array.Remove(2));
        second.Dispose();
        Assert.Empty(array);
    }

    [SkippableFact]
    public void A_program_chooses_who_of_those_that_share_a_port_gets_a_packet()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("sock_maps", "choose"));
        BpfReusePortSockArray array = loaded.GetReusePortSockArray("sharers");
        BpfVariable<uint> chosen = loaded.GetVariable<uint>("chosen");
        using Socket first = Sharing(0);
        using Socket second = Sharing((int)TcpPair.PortOf(first));
        Attach(first, loaded.Programs["choose"]);
        array.Set(0, first);
        array.Set(1, second);
        byte serial = 0;
        foreach (uint index in (uint[])[1, 0, 1, 1, 0])
        {
            chosen.Value = index;
            for (int i = 0; i < 4; i++)
            {
                using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp); // Each from a port of its own.
                sender.SendTo([++serial], first.LocalEndPoint!);
                Assert.Equal([serial], TcpPair.Receive(index == 0 ? first : second, 1));
            }
        }

        Assert.Equal((0, 0), (first.Available, second.Available));
    }

    // Every operation as its kind, its key, and which socket it is about.
    private static Arbitrary<(Operation What, int Key, int Which)[]> Operations() =>
        Gen.Elements(Enum.GetValues<Operation>()).SelectMany(what => Gen.Choose(0, 3).Zip(Gen.Choose(0, 3)), (what, rest) => (what, rest.Item1, rest.Item2))
            .ArrayOf().ToArbitrary();

    private static Socket Sharing(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static void Attach(Socket socket, BpfProgram program)
    {
        using Kernel.BpfHandle.Lease fd = program.Handle.Acquire();
        socket.SetRawSocketOption(1, 52, BitConverter.GetBytes(fd.Fd)); // SO_ATTACH_REUSEPORT_EBPF
    }
}
