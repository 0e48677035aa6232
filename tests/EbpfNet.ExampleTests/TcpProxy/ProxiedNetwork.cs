using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;
using TcpProxy;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A host with targets, the proxy and its clients in it, a folder for its configuration and a BPF file system for its pins.</summary>
internal sealed class ProxiedNetwork : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("tcpproxy-").FullName;
    private readonly Mount _pins = new("bpf");
    private readonly Dictionary<int, DemoTarget> _targets = [];

    internal NetworkHost Host { get; } = NetworkHost.Create("proxied");

    /// <summary>With target A at 9001, and an app that brings 7000 there.</summary>
    internal static ProxiedNetwork WithApp()
    {
        ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.Configure("7000", 9001);
        return network;
    }

    internal string ConfigPath => Path.Combine(_folder, "config.json");

    internal string Pins => _pins["proxy"];

    internal void StartTarget(string name, int port) => _targets.Add(port, new DemoTarget(name, Host.CreateListener(new IPEndPoint(IPAddress.Loopback, port))));

    internal void StopTarget(int port)
    {
        _targets[port].Dispose();
        _targets.Remove(port);
    }

    /// <summary>One app with these ports, in JSON, to the targets.</summary>
    internal void Configure(string ports, params int[] targets)
        => ConfigureText($$"""{ "Apps": [{ "Name": "app", "Ports": [{{ports}}], "Targets": [{{string.Join(", ", targets.Select(port => $"\"127.0.0.1:{port}\""))}}] }] }""");

    internal void ConfigureText(string text)
    {
        File.WriteAllText(ConfigPath + ".new", text);
        File.Move(ConfigPath + ".new", ConfigPath, overwrite: true);
    }

    internal async Task<ExampleProcess> StartProxyAsync(params string[] arguments)
    {
        ExampleProcess proxy = ExampleProcess.Start("TcpProxy", ["run", "--config", ConfigPath, "--pins", Pins, .. arguments.Contains("--health-interval") ? [] : (string[])["--health-interval", "0.2"], .. arguments], Host);
        await proxy.WaitForAsync("Ctrl+C ends it");
        return proxy;
    }

    /// <summary>Connects and reads the target's name.</summary>
    internal async Task<(Socket Connection, string Name)> ConnectAsync(int port, IPAddress? address = null)
    {
        Socket socket = await Host.ConnectAsync(new IPEndPoint(address ?? IPAddress.Loopback, port), Patience);
        byte[] name = new byte[16];
        int length = await socket.ReceiveAsync(name).WaitAsync(Patience);
        return (socket, Encoding.ASCII.GetString(name, 0, length));
    }

    /// <summary>Connects, reads the target's name, sends a word and the end: the name and what comes back until its end.</summary>
    internal async Task<string> AskAsync(int port, string word, IPAddress? address = null)
    {
        (Socket connection, string name) = await ConnectAsync(port, address);
        using (connection)
        {
            return name + " " + await EchoAsync(connection, word);
        }
    }

    internal static async Task<string> EchoAsync(Socket connection, string word)
    {
        await connection.SendAsync(Encoding.ASCII.GetBytes(word));
        connection.Shutdown(SocketShutdown.Send);
        return await ReadToEndAsync(connection);
    }

    /// <summary>What comes until the end.</summary>
    internal static async Task<string> ReadToEndAsync(Socket connection)
    {
        byte[] text = new byte[256];
        int length = 0;
        while (await connection.ReceiveAsync(text.AsMemory(length)).AsTask().WaitAsync(Patience) is > 0 and var more)
        {
            length += more;
        }

        return Encoding.ASCII.GetString(text, 0, length);
    }

    /// <summary>The sum of a figure over all targets.</summary>
    internal static async Task<long> FigureAsync(HttpClient metrics, string name)
    {
        string text = await metrics.GetStringAsync("http://127.0.0.1:9090/metrics");
        return text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal)).Sum(line => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1)));
    }

    internal async Task AssertRefusedAsync(int port)
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => Host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Patience));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    /// <summary>What is served at an address of the host.</summary>
    internal async Task<string> GetAsync(string address)
    {
        using HttpClient client = Host.CreateHttpClient(Patience);
        return await client.GetStringAsync(address);
    }

    /// <summary>How many sockets of a process in the host listen.</summary>
    internal static int CountListeners(ExampleProcess process)
    {
        HashSet<string> own = [.. Directory.GetFiles($"/proc/{process.Id}/fd").Select(file => new FileInfo(file).LinkTarget ?? "")];
        return ((string[])["tcp", "tcp6"]).Sum(table => File.ReadLines($"/proc/{process.Id}/net/{table}").Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, "0A", .. var rest] && own.Contains($"socket:[{rest[5]}]")));
    }

    public void Dispose()
    {
        foreach (DemoTarget target in _targets.Values)
        {
            target.Dispose();
        }

        Host.Dispose();
        _pins.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
