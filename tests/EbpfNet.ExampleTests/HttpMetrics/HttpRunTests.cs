using System.Globalization;
using System.Net;
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
    [InlineData("syscall-tracepoints", "127.0.0.1")]
    [InlineData("syscall-tracepoints", "::1")]
    public async Task Requests_to_a_plain_server_on_loopback_are_counted_once(string source, string address)
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using PlainServer server = PlainServer.Start(host, IPAddress.Parse(address));
        await AskAndCompareAsync(host, server, source, address);
    }

    [SkippableTheory]
    [InlineData(ReadCall.ReadVectors, WriteCall.WriteVectors, "syscalls")]
    [InlineData(ReadCall.ReceiveFrom, WriteCall.SendTo, "syscalls")]
    [InlineData(ReadCall.PeekThenReceive, WriteCall.SendTo, "syscalls")]
    [InlineData(ReadCall.ReceiveMessage, WriteCall.SendMessage, "syscalls")]
    [InlineData(ReadCall.Read, WriteCall.WriteThenSendFile, "syscalls")]
    [InlineData(ReadCall.ReadVectors, WriteCall.WriteVectors, "syscall-tracepoints")]
    [InlineData(ReadCall.ReceiveFrom, WriteCall.SendTo, "syscall-tracepoints")]
    [InlineData(ReadCall.PeekThenReceive, WriteCall.SendTo, "syscall-tracepoints")]
    [InlineData(ReadCall.ReceiveMessage, WriteCall.SendMessage, "syscall-tracepoints")]
    [InlineData(ReadCall.Read, WriteCall.WriteThenSendFile, "syscall-tracepoints")]
    public async Task Whatever_system_calls_a_server_reads_and_writes_with_each_request_counts_once(ReadCall reads, WriteCall writes, string source)
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("plain");
        await using PlainServer server = PlainServer.Start(host, IPAddress.Loopback, reads, writes);
        await AskAndCompareAsync(host, server, source, "127.0.0.1");
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
        Assert.NotEmpty(trace.Maps);

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
    [InlineData("run", "--interface", "lo", "--clients")]
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

    private static async Task AskAndCompareAsync(NetworkHost host, PlainServer server, string source, string client)
    {
        string[] where = source == "packets" ? ["--interface", "lo"] : [];
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--source", source, .. where, "--port", $"{server.Port}"], host);
        await run.WaitForAsync("in all 0 requests");

        await server.AskAsync(Requests);

        // A table's rows are read before its totals, so that the first with all requests below may not yet have them all above.
        await run.WaitForAsync($"in all {Requests} requests, {Requests} responses; 0 gaps");
        int notFound = PlainServer.NotFoundOf(Requests);
        string expected = string.Create(CultureInfo.InvariantCulture, $"{client} {server.Port} {Requests}, {Requests - notFound} 0 {notFound} 0");
        await run.WaitForAsync(output => RowOf(output, client) == expected, $"the row {expected}");
        run.Send(Signal.Terminate);
        (int exitCode, string output, string errors) = await run.ExitAsync();
        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.Equal(expected, RowOf(output, client));
    }

    /// <summary>What the last table has for a client, as far as it is written: its port and requests, and the responses of each class.</summary>
    private static string? RowOf(string output, string client)
    {
        string? row = output.Split('\n').LastOrDefault(line => line.Contains($"  {client} ", StringComparison.Ordinal));
        string[] cells = row?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return cells.Length < 9 ? null : $"{string.Join(' ', cells[1..4])}, {string.Join(' ', cells[5..9])}";
    }
}
