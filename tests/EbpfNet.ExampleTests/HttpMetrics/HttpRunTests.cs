using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;

namespace EbpfNet.ExampleTests.HttpMetrics;

public sealed class HttpRunTests
{
    private const int Requests = 40;

    [SkippableTheory]
    [InlineData("packets", "127.0.0.1")]
    [InlineData("packets", "::1")]
    [InlineData("syscalls", "127.0.0.1")]
    [InlineData("syscalls", "::1")]
    public async Task Requests_to_a_plain_server_on_loopback_are_counted_once(string source, string address)
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using PlainServer server = PlainServer.Start(host, IPAddress.Parse(address));
        string[] where = source == "packets" ? ["--interface", "lo"] : [];
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--source", source, .. where, "--port", $"{server.Port}"], host);
        await run.WaitForAsync("in all 0 requests");

        await server.AskAsync(Requests);

        await run.WaitForAsync($"in all {Requests} requests, {Requests} responses; 0 gaps");
        run.Send(Signal.Terminate);
        (int exitCode, string output, string errors) = await run.ExitAsync();
        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        string row = output.Split('\n').Last(line => line.Contains($"  {address} ", StringComparison.Ordinal));
        string[] cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([address, $"{server.Port}", $"{Requests}"], cells[1..4]);
        Assert.Equal(["30", "0", "10", "0"], cells[5..9]); // every fourth is not there
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 0)]
    [InlineData(Signal.Interrupt, 0)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task However_it_ends_nothing_is_left(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--interface", "lo"], host);
        await run.WaitForAsync("in all 0 requests");
        using KernelTrace trace = KernelTrace.Of(run.Id);
        Assert.Single(trace.Programs);

        run.Send(signal);
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.Equal("", errors);
        await trace.AssertGoneAsync();
    }

    [SkippableFact]
    public async Task The_figures_are_served_for_Prometheus()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using PlainServer server = PlainServer.Start(host, IPAddress.Loopback);
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--interface", "lo", "--port", $"{server.Port}", "--listen", "127.0.0.1:9464"], host);
        await run.WaitForAsync("in all 0 requests");
        await server.AskAsync(Requests);
        await run.WaitForAsync($"in all {Requests} requests, {Requests} responses");

        using HttpClient client = host.CreateHttpClient(TimeSpan.FromSeconds(5));
        string text = await client.GetStringAsync(new Uri("http://127.0.0.1:9464/metrics"));

        string labels = $"client=\"127.0.0.1\",port=\"{server.Port}\",side=\"server\"";
        Assert.Contains($"\nhttp_requests_total{{{labels}}} {Requests}\n", text, StringComparison.Ordinal);
        Assert.Contains($"\nhttp_responses_total{{{labels},class=\"4xx\"}} 10\n", text, StringComparison.Ordinal);
        Assert.Contains($"\nhttp_response_latency_seconds_count{{{labels}}} {Requests}\n", text, StringComparison.Ordinal);
        Assert.Contains($"\nhttp_response_latency_seconds_bucket{{{labels},le=\"+Inf\"}} {Requests}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--source", "elsewhere")]
    [InlineData("run", "--source", "syscalls", "--interface", "lo")]
    [InlineData("run", "--interface", "lo", "--port", "0")]
    [InlineData("run", "--interface", "lo", "--port", "http")]
    [InlineData("demo", "--requests", "many")]
    public async Task Wrong_usage_is_one_sentence(params string[] arguments)
    {
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", arguments);

        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.EndsWith("Try --help.\n", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    /// <summary>A server with nothing but sockets: it reads requests whose heads come in two parts, and answers every fourth with 404.</summary>
    private sealed class PlainServer : IAsyncDisposable
    {
        private static readonly byte[] Found = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nHTTP/1.1 200 OK");
        private static readonly byte[] NotFound = Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        private static readonly byte[] FirstPart = Encoding.ASCII.GetBytes("GE");
        private static readonly byte[] SecondPart = Encoding.ASCII.GetBytes("T / HTTP/1.1\r\nHost: plain\r\n\r\n");

        private readonly NetworkHost _host;
        private readonly Socket _listener;
        private readonly Task _serving;

        private PlainServer(NetworkHost host, Socket listener)
        {
            _host = host;
            _listener = listener;
            _serving = Task.Run(Serve);
        }

        internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        internal static PlainServer Start(NetworkHost host, IPAddress address) => new(host, host.CreateListener(new IPEndPoint(address, 0)));

        internal async Task AskAsync(int requests)
        {
            IPEndPoint server = (IPEndPoint)_listener.LocalEndPoint!;
            using Socket client = await _host.ConnectAsync(server, TimeSpan.FromSeconds(5));
            client.NoDelay = true;
            byte[] buffer = new byte[1024];
            for (int i = 1; i <= requests; i++)
            {
                await client.SendAsync(FirstPart);
                await Task.Delay(1);
                await client.SendAsync(SecondPart);
                int expected = i % 4 == 0 ? NotFound.Length : Found.Length;
                for (int received = 0; received < expected;)
                {
                    received += await client.ReceiveAsync(buffer.AsMemory(received));
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving;
        }

        private void Serve()
        {
            try
            {
                using Socket connection = _listener.Accept();
                byte[] buffer = new byte[1024];
                int whole = FirstPart.Length + SecondPart.Length;
                for (int received = 0; ;)
                {
                    int read = connection.Receive(buffer);
                    if (read == 0)
                    {
                        return;
                    }

                    received += read;
                    if (received % whole == 0)
                    {
                        connection.Send(received / whole % 4 == 0 ? NotFound : Found);
                    }
                }
            }
            catch (SocketException)
            {
                // The listener was closed before anybody asked.
            }
        }
    }
}
