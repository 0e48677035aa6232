using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A running proxy, and a target that is the test itself: both ends of a connection are its own.</summary>
internal sealed class RelayedTarget : IAsyncDisposable
{
    /// <summary>Where the proxy is.</summary>
    internal const int Port = 7000;

    private const int TargetPort = 9001;
    private const int TcpUserTimeout = 18; // TCP_USER_TIMEOUT, in milliseconds
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ProxiedNetwork _network = new();
    private readonly Dictionary<ulong, TaskCompletionSource<Socket>> _awaited = [];
    private readonly Socket _listener;
    private ExampleProcess? _proxy;

    private RelayedTarget() => _listener = _network.Host.CreateListener(new IPEndPoint(IPAddress.Loopback, TargetPort));

    /// <summary>Starts it; skips, with the reason, where it cannot run.</summary>
    /// <param name="arguments">More arguments for <c>run</c>.</param>
    internal static async Task<RelayedTarget> StartAsync(params string[] arguments)
    {
        Requires.Bpf();
        RelayedTarget relayed = new();
        try
        {
            relayed._network.Configure($"{Port}", TargetPort);
            relayed._proxy = await relayed._network.StartProxyAsync(["--health-interval", "3600", .. arguments]); // nothing but the test's own connections
            return relayed;
        }
        catch
        {
            await relayed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the proxy, its clients and the target are.</summary>
    internal NetworkHost Host => _network.Host;

    /// <summary>The proxy's process.</summary>
    internal int ProxyId => _proxy!.Id;

    /// <summary>Lets connections that come from now on have so little in the target that the test has not received: else the kernel lets that grow.</summary>
    internal void HoldLittle() => _listener.ReceiveBufferSize = 16 * 1024;

    /// <summary>Asks from the proxy's host.</summary>
    internal HttpClient CreateHttpClient() => _network.Host.CreateHttpClient(Patience);

    /// <summary>A connection's two ends: the client's and the target's.</summary>
    internal async Task<(Socket Client, Socket Target)> ConnectAsync()
    {
        Socket client = await _network.Host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), Patience);
        byte[] sent = RandomNumberGenerator.GetBytes(8);
        await client.SendAsync(sent);
        Socket target = await AcceptAsync(sent);
        BePatient(client);
        return (client, target);
    }

    /// <summary>Accepts the connection whose first bytes these are: several are made at once.</summary>
    internal async Task<Socket> AcceptAsync(byte[] expected)
    {
        TaskCompletionSource<Socket> mine = AwaitedBy(expected);
        while (true)
        {
            Socket accepted = await _listener.AcceptAsync().WaitAsync(Patience);
            byte[] first = new byte[expected.Length];
            int length = await accepted.ReceiveAsync(first.AsMemory()).AsTask().WaitAsync(Patience);
            if (length > 0)
            {
                Assert.Equal(first.Length, length);
                BePatient(accepted);
                AwaitedBy(first).SetResult(accepted);
                return await mine.Task.WaitAsync(Patience);
            }

            accepted.Dispose(); // a health check
        }
    }

    /// <summary>How many bytes from a client the proxy's process was handed and has not taken.</summary>
    /// <param name="port">The client's port.</param>
    internal long CountUnread(int port)
    {
        string remote = $":{port:X4}";
        string[] columns = ((string[])["tcp", "tcp6"]).SelectMany(table => File.ReadLines($"/proc/{_proxy!.Id}/net/{table}"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Single(columns => columns[1].EndsWith($":{Port:X4}", StringComparison.Ordinal) && columns[2].EndsWith(remote, StringComparison.Ordinal));
        return Convert.ToInt64(columns[4].Split(':')[1], 16); // tx_queue:rx_queue
    }

    /// <summary>What comes until the end.</summary>
    internal static async Task<byte[]> ReadToEndAsync(Socket target)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[64 * 1024];
        while (await target.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience) is > 0 and var length)
        {
            all.Write(buffer, 0, length);
        }

        return all.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        _listener.Dispose();
        _network.Dispose();
    }

    /// <summary>A made host's connections give up after two seconds without room at the other end: too soon for readers that are slow by intent.</summary>
    private static void BePatient(Socket socket) => socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(60_000));

    private TaskCompletionSource<Socket> AwaitedBy(byte[] word)
    {
        lock (_awaited)
        {
            ulong key = BitConverter.ToUInt64(word);
            return _awaited.TryGetValue(key, out TaskCompletionSource<Socket>? source) ? source : _awaited[key] = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
