using System.Net;
using DemoNetwork;
using EbpfNet.Programs;

namespace HttpMetrics;

/// <summary>
/// The network of the demo: a host with two services and two hosts that ask, on one switch. It is held by this process alone, so it is gone when the process is, however it ends.
/// </summary>
internal sealed class DemoScene : IAsyncDisposable
{
    internal const string InterfaceName = "eth0";
    internal const int FirstPort = 8081;
    internal const int SecondPort = 8082;

    internal static readonly IPAddress ServerIPv4 = IPAddress.Parse("172.20.0.1");
    internal static readonly IPAddress ServerIPv6 = IPAddress.Parse("fd00:20::1");
    internal static readonly IPAddress AddressOfA = IPAddress.Parse("172.20.0.11");
    internal static readonly IPAddress AddressOfB = IPAddress.Parse("fd00:20::12");

    private readonly Stack<IDisposable> _network = [];

    private DemoScene()
    {
        NetworkSwitch between = NetworkSwitch.Create();
        _network.Push(between);
        Server = AddHost(between, "server", ServerIPv4);
        Server.AddAddress(InterfaceName, ServerIPv6, 64);
        A = AddHost(between, nameof(A), AddressOfA);
        B = AddHost(between, nameof(B), AddressOfB);
    }

    internal NetworkHost Server { get; }

    internal NetworkHost A { get; }

    internal NetworkHost B { get; }

    /// <summary>The service that A asks.</summary>
    internal DemoServer First { get; private set; } = null!;

    /// <summary>The service that B asks.</summary>
    internal DemoServer Second { get; private set; } = null!;

    /// <summary>Builds it. What was built before a failure goes with the process, which has nothing else to do.</summary>
    internal static async Task<DemoScene> BuildAsync()
    {
        DemoScene scene = new();
        scene.First = await DemoServer.StartAsync(scene.Server, new IPEndPoint(ServerIPv4, FirstPort));
        scene.Second = await DemoServer.StartAsync(scene.Server, new IPEndPoint(ServerIPv6, SecondPort));
        return scene;
    }

    /// <summary>Attaches the programs to the server's host.</summary>
    internal HttpMeter StartMeter(MeterSource source)
    {
        HttpMetricsOptions options = new() { Ports = [FirstPort, SecondPort] };
        return Server.Run(() => HttpMeter.Start(source, InterfaceName, options)); // inside the host: names of interfaces belong to it
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        foreach (IDisposable part in _network)
        {
            part.Dispose();
        }
    }

    private NetworkHost AddHost(NetworkSwitch between, string name, IPAddress address)
    {
        NetworkHost host = NetworkHost.Create(name);
        _network.Push(host);
        between.Plug(host, InterfaceName, address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 64 : 24);
        return host;
    }
}
