using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpRtt;

/// <summary>A made host with addresses that nobody else has, and connections between them: <c>TcpRtt run</c>, which runs outside, sees them.</summary>
internal sealed class WatchedHost : IDisposable
{
    internal static readonly IPAddress Server = IPAddress.Parse("172.31.77.1");
    internal static readonly IPAddress Client = IPAddress.Parse("172.31.77.2");
    internal static readonly IPAddress ServerIPv6 = IPAddress.Parse("fd00:77::1");
    internal static readonly IPAddress ClientIPv6 = IPAddress.Parse("fd00:77::2");

    private readonly NetworkHost _host = NetworkHost.Create("watched");

    internal WatchedHost()
    {
        foreach (IPAddress address in (IPAddress[])[Server, Client, ServerIPv6, ClientIPv6])
        {
            _host.AddAddress("lo", address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        }
    }

    /// <summary>A port of this machine that was free a moment ago.</summary>
    internal static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts <c>TcpRtt run --json</c> on this machine, outside the host, and waits until it sees connections.</summary>
    internal static async Task<(ExampleProcess Run, Uri Http)> RunAsync(params string[] arguments)
    {
        Uri http = new($"http://127.0.0.1:{FreePort()}/");
        ExampleProcess run = ExampleProcess.Start("TcpRtt", ["run", "--listen", http.Authority, .. arguments]);
        try
        {
            await run.WaitForErrorAsync("Connections are seen by tcp_close_");
            return (run, http);
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>What was written, in JSON, the last line only when it is whole.</summary>
    internal static JsonElement[] Lines(string output) => [.. output.Split('\n').SkipLast(1).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Waits for so many lines, and a moment for more, which should not come.</summary>
    internal static async Task<JsonElement[]> LinesAsync(ExampleProcess run, int expected)
    {
        await run.WaitForAsync(output => Lines(output).Length >= expected, $"{expected} lines");
        await Task.Delay(300);
        JsonElement[] lines = Lines(run.Output);
        Assert.Equal(expected, lines.Length);
        return lines;
    }

    /// <summary>Works in the host.</summary>
    internal void Run(Action work) => _host.Run(work);

    internal static Socket Listen(IPAddress address)
    {
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(backlog: 512);
        return listener;
    }

    internal static Socket ConnectTo(Socket listener, IPAddress from)
    {
        Socket client = new(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Bind(new IPEndPoint(from, 0));
        client.Connect(listener.LocalEndPoint!);
        return client;
    }

    /// <summary>A connection that comes and goes; to be called in the host.</summary>
    internal static void ConnectAndClose(Socket listener, IPAddress from)
    {
        using Socket client = ConnectTo(listener, from);
        using Socket server = listener.Accept();
        client.LingerState = new LingerOption(true, 0); // no port is left waiting
    }

    public void Dispose() => _host.Dispose();
}
