using System.Net;
using DemoNetwork;

namespace XdpDrop;

/// <summary>
/// The network of the demo: three hosts on one switch, a web server in two of them. It is held by this process alone, so it is gone when the process is,
/// however it ends.
/// </summary>
internal sealed class DemoScene : IAsyncDisposable
{
    internal const string NoAnswer = "no answer";
    internal const string InterfaceName = "eth0";

    internal static readonly IPAddress AddressOfA = IPAddress.Parse("172.20.0.11");
    internal static readonly IPAddress AddressOfB = IPAddress.Parse("172.20.0.12");
    internal static readonly IPAddress AddressOfC = IPAddress.Parse("172.20.0.13");
    internal static readonly Uri PageOfA = new($"http://{AddressOfA}:5011/a");
    internal static readonly Uri PageOfB = new($"http://{AddressOfB}:5012/b");

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    private readonly Stack<IDisposable> _network = [];
    private readonly List<WebServer> _servers = [];

    private DemoScene()
    {
        NetworkSwitch between = NetworkSwitch.Create();
        _network.Push(between);
        A = AddHost(between, nameof(A), AddressOfA);
        B = AddHost(between, nameof(B), AddressOfB);
        C = AddHost(between, nameof(C), AddressOfC);
        AddServer(A, PageOfA, "A OK");
        AddServer(B, PageOfB, "B OK");
    }

    internal NetworkHost A { get; }

    internal NetworkHost B { get; }

    internal NetworkHost C { get; }

    /// <summary>Builds the network. What was built before a failure goes with the process, which has nothing else to do.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    internal static DemoScene Build() => new();

    /// <summary>Asks for a page from a host: what came back, or why nothing did.</summary>
    internal static async Task<string> AskAsync(NetworkHost from, Uri page, CancellationToken cancellationToken)
    {
        using HttpClient client = from.CreateHttpClient(Patience);
        client.Timeout = 2 * Patience;
        try
        {
            return await client.GetStringAsync(page, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is TimeoutException ? NoAnswer : e.Message;
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            return NoAnswer;
        }
    }

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

    private NetworkHost AddHost(NetworkSwitch between, string name, IPAddress address)
    {
        NetworkHost host = NetworkHost.Create(name);
        _network.Push(host);
        between.Plug(host, InterfaceName, address, 24);
        return host;
    }

    private void AddServer(NetworkHost host, Uri page, string text)
        => _servers.Add(WebServer.Start(host, new IPEndPoint(IPAddress.Parse(page.Host), page.Port), path => path == page.AbsolutePath ? text : null));
}
