using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;

namespace TcpProxy;

/// <summary>The network of the demo: a client, the proxy's host and one with three targets. It goes with the process, however that ends.</summary>
internal sealed class DemoScene : IDisposable
{
    internal const int FirstTargetPort = 9001;

    internal static readonly IPAddress ProxyAddress = IPAddress.Parse("172.20.0.12");
    internal static readonly IPAddress ProxyAddressIPv6 = IPAddress.Parse("fd00:20::12");
    internal static readonly IPAddress TargetsAddress = IPAddress.Parse("172.20.0.13");
    internal static readonly string[] TargetNames = ["A", "B", "C"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly NetworkSwitch _between = NetworkSwitch.Create();
    private readonly NetworkHost _client;
    private readonly NetworkHost _targets;
    private readonly DemoTarget?[] _running = new DemoTarget?[TargetNames.Length];

    internal DemoScene()
    {
        _client = AddHost("client", "172.20.0.11", "fd00:20::11");
        Proxy = AddHost("proxy", ProxyAddress.ToString(), ProxyAddressIPv6.ToString());
        _targets = AddHost("targets", TargetsAddress.ToString(), "fd00:20::13");
        for (int target = 0; target < TargetNames.Length; target++)
        {
            StartTarget(target);
        }
    }

    internal NetworkHost Proxy { get; }

    internal void StartTarget(int target) => _running[target] = new DemoTarget(TargetNames[target], _targets.CreateListener(new IPEndPoint(TargetsAddress, FirstTargetPort + target)));

    internal void StopTarget(int target)
    {
        _running[target]?.Dispose();
        _running[target] = null;
    }

    /// <summary>Connects from the client, and reads the target's name.</summary>
    /// <returns>The connection and the name; or no connection, and why.</returns>
    internal async Task<(Socket? Connection, string Answer)> ConnectAsync(IPAddress address, int port, CancellationToken stop)
    {
        Socket? connection = null;
        try
        {
            connection = await _client.ConnectAsync(new IPEndPoint(address, port), Patience, stop);
            byte[] answer = new byte[16];
            int length = await connection.ReceiveAsync(answer, stop);
            return (connection, length > 0 ? Encoding.ASCII.GetString(answer, 0, length) : "nothing");
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            connection?.Dispose();
            return (null, e is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "refused" : "error");
        }
        catch (OperationCanceledException)
        {
            connection?.Dispose(); // the proxy waits for it
            throw;
        }
    }

    /// <summary>Connects once to each of many ports, some at a time: how often each answer came.</summary>
    internal async Task<SortedDictionary<string, int>> AskAsync(IPAddress address, IEnumerable<int> ports, CancellationToken stop)
    {
        SortedDictionary<string, int> answers = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(ports, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = stop }, async (port, _) =>
        {
            (Socket? connection, string answer) = await ConnectAsync(address, port, stop);
            connection?.Dispose();
            lock (answers)
            {
                answers[answer] = answers.GetValueOrDefault(answer) + 1;
            }
        });
        return answers;
    }

    public void Dispose()
    {
        for (int target = 0; target < TargetNames.Length; target++)
        {
            StopTarget(target);
        }

        _client.Dispose();
        Proxy.Dispose();
        _targets.Dispose();
        _between.Dispose();
    }

    private NetworkHost AddHost(string name, string address, string addressIPv6)
    {
        NetworkHost host = NetworkHost.Create(name);
        _between.Plug(host, "eth0", IPAddress.Parse(address), 24);
        host.AddAddress("eth0", IPAddress.Parse(addressIPv6), 64);
        return host;
    }
}
