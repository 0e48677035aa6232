using System.Net;
using DemoNetwork;

namespace XdpDrop;

/// <summary>
/// The network of the demo: three hosts on one switch, a web server in two of them. It is held by this process alone, so it is gone when the process is,
/// however it ends.
/// </summary>
internal sealed class DemoScene : IAsyncDisposable
{
    internal const string InterfaceName = "eth0";

    internal static readonly IPAddress AddressOfA = IPAddress.Parse("172.20.0.11");
    internal static readonly IPAddress AddressOfB = IPAddress.Parse("172.20.0.12");
    internal static readonly IPAddress AddressOfC = IPAddress.Parse("172.20.0.13");

    internal static readonly IPAddress IPv6AddressOfA = IPAddress.Parse("fd00:20::11");
    internal static readonly IPAddress IPv6AddressOfB = IPAddress.Parse("fd00:20::12");
    internal static readonly IPAddress IPv6AddressOfC = IPAddress.Parse("fd00:20::13");

    private readonly Stack<IDisposable> _network = [];
    private readonly List<WebServer> _servers = [];

    private DemoScene()
    {
        NetworkSwitch between = NetworkSwitch.Create();
        _network.Push(between);
        A = AddHost(between, nameof(A), AddressOfA, IPv6AddressOfA);
        B = AddHost(between, nameof(B), AddressOfB, IPv6AddressOfB);
        C = AddHost(between, nameof(C), AddressOfC, IPv6AddressOfC);
        PageOfA = new DemoPage(A, new Uri($"http://{AddressOfA}:5011/a"), "A OK");
        PageOfB = new DemoPage(B, new Uri($"http://{AddressOfB}:5012/b"), "B OK");
        IPv6PageOfB = new DemoPage(B, new Uri($"http://[{IPv6AddressOfB}]:5012/b"), "B OK");
        _servers.Add(IPv6PageOfB.Serve());
        _servers.Add(PageOfA.Serve());
        _servers.Add(PageOfB.Serve());
    }

    internal NetworkHost A { get; }

    internal NetworkHost B { get; }

    internal NetworkHost C { get; }

    internal DemoPage PageOfA { get; }

    internal DemoPage PageOfB { get; }

    /// <summary>The same page by IPv6.</summary>
    internal DemoPage IPv6PageOfB { get; }

    /// <summary>Builds the network. What was built before a failure goes with the process, which has nothing else to do.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    internal static DemoScene Build() => new();

    public async ValueTask DisposeAsync()
    {
        foreach (WebServer server in _servers)
        {
            await server.DisposeAsync();
        }

        foreach (IDisposable part in _network)
        {
            part.Dispose();
        }
    }

    private NetworkHost AddHost(NetworkSwitch between, string name, IPAddress address, IPAddress ipv6Address)
    {
        NetworkHost host = NetworkHost.Create(name);
        _network.Push(host);
        between.Plug(host, InterfaceName, address, 24);
        host.AddAddress(InterfaceName, ipv6Address, 64);
        return host;
    }
}
