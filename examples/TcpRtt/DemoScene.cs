using System.Net;
using DemoNetwork;

namespace TcpRtt;

/// <summary>The network of the demo: two hosts on one cable, a web server in each. It is held by this process alone, so it is gone when the process is, however it ends.</summary>
internal sealed class DemoScene : IAsyncDisposable
{
    private const string InterfaceName = "eth0";

    private readonly List<WebServer> _servers = [];

    private DemoScene()
    {
        VethPair.Create(A.Host, InterfaceName, B.Host, InterfaceName);
        foreach (DemoHost host in (DemoHost[])[A, B])
        {
            host.Host.AddAddress(InterfaceName, host.IPv4, 24);
            host.Host.AddAddress(InterfaceName, host.IPv6, 64);
            _servers.Add(host.Serve(host.IPv4));
            _servers.Add(host.Serve(host.IPv6));
        }
    }

    internal DemoHost A { get; } = new(NetworkHost.Create("A"), IPAddress.Parse("172.20.0.11"), IPAddress.Parse("fd00:20::11"));

    internal DemoHost B { get; } = new(NetworkHost.Create("B"), IPAddress.Parse("172.20.0.12"), IPAddress.Parse("fd00:20::12"));

    /// <summary>Builds the network. What was built before a failure goes with the process, which has nothing else to do.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    internal static DemoScene Build() => new();

    public async ValueTask DisposeAsync()
    {
        foreach (WebServer server in _servers)
        {
            await server.DisposeAsync();
        }

        A.Host.Dispose();
        B.Host.Dispose();
    }
}

/// <summary>A host of the demo.</summary>
/// <param name="Host">The host.</param>
/// <param name="IPv4">Its IPv4 address.</param>
/// <param name="IPv6">Its IPv6 address.</param>
internal sealed record DemoHost(NetworkHost Host, IPAddress IPv4, IPAddress IPv6)
{
    internal const int Port = 8080;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Starts to serve a page at one of its addresses.</summary>
    internal WebServer Serve(IPAddress address) => WebServer.Start(Host, new IPEndPoint(address, Port), path => path == "/" ? $"{Host} OK" : null);

    /// <summary>Asks another host for its page, over a connection of its own, which both close.</summary>
    /// <returns>Why it got none; <see langword="null"/> when it did.</returns>
    internal async Task<string?> AskAsync(IPAddress address, CancellationToken stop)
    {
        using HttpClient client = Host.CreateHttpClient(Patience);
        client.Timeout = 2 * Patience;
        try
        {
            await client.GetStringAsync(new UriBuilder(Uri.UriSchemeHttp, address.ToString(), Port).Uri, stop);
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return e.Message;
        }
    }
}
