using System.Globalization;
using System.Net;
using DemoNetwork;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What a flood of forged requests does to it.</summary>
public sealed class HttpFloodTests
{
    private const int Packets = 1_000_000;
    private const int Connections = 65_536;
    private const int Rows = 4_096;
    private const int BusiestRows = 18;
    private const long MostMemory = 150; // MiB
    private const string InterfaceName = "eth0";

    private static readonly IPAddress ServerAddress = IPAddress.Parse("172.20.0.1");

    [SkippableFact]
    public async Task A_million_requests_from_forged_addresses_are_counted_and_leave_it_small_and_its_figures_served()
    {
        Requires.Bpf();
        using NetworkHost server = NetworkHost.Create("server");
        using NetworkHost forger = ForgedFlood.CreateForger(server, InterfaceName, ServerAddress);
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--interface", InterfaceName, "--listen", "127.0.0.1:9464"], server);
        await run.WaitForAsync("in all 0 requests");
        using HttpClient client = server.CreateHttpClient(TimeSpan.FromSeconds(10));
        client.BaseAddress = new Uri("http://127.0.0.1:9464");

        // The connections that the requests would belong to were never made.
        ForgedFlood forged = new(forger, InterfaceName);
        Task flood = Task.Run(() => forged.Send(new HttpSegment { Payload = "GET / HTTP/1.1\r\n\r\n"u8.ToArray() }.ToFrame()[14..], ServerAddress, Packets));
        int answers = 0;
        while (!flood.IsCompleted)
        {
            Assert.Contains("http_all_requests_total", await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
            answers++;
            await Task.Delay(200);
        }

        await flood;
        Assert.True(answers > 3, "it was over too soon to tell");

        // The cable drops what the receiving processor's queue has no room for.
        Dictionary<string, long> figures = [];
        for (int i = 0; i < 100 && figures.GetValueOrDefault("http_all_requests_total") < Packets - forged.DroppedOnTheWay; i++)
        {
            await Task.Delay(100);
            figures = Parse(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        }

        long dropped = forged.DroppedOnTheWay;
        long counted = Packets - dropped;
        Assert.InRange(dropped, 0, Packets / 10);
        Assert.Equal(counted, figures["http_all_requests_total"]);
        Assert.InRange(figures["http_evicted_connections_total"], counted - Connections, counted);
        Assert.InRange(figures["http_evicted_services_total"], counted - Rows, counted);
        Assert.InRange(figures["rows"], 1, Rows);
        Assert.InRange(ForgedFlood.PeakMemory(run.Id), 20, MostMemory);

        // The table has the busiest, and says how many more there are and how many made room.
        await run.WaitForAsync(string.Create(CultureInfo.InvariantCulture, $"evicted {figures["http_evicted_connections_total"]:N0} connections, {figures["http_evicted_services_total"]:N0} rows"));
        string table = run.Output.Split("client  ").Last(whole => whole.Contains("evicted", StringComparison.Ordinal));
        Assert.InRange(table.Split('\n').Length, 1 + BusiestRows, 5 + BusiestRows);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"and {figures["rows"] - BusiestRows:N0} more"), table, StringComparison.Ordinal);

        // A client that is none of them is counted as before.
        await using PlainServer plain = PlainServer.Start(server, ServerAddress);
        await plain.AskAsync(forger, 8);
        await run.WaitForAsync(string.Create(CultureInfo.InvariantCulture, $"in all {counted + 8:N0} requests, 8 responses"));
        run.Send(Signal.Terminate);
        (int exitCode, _, string errors) = await run.ExitAsync();
        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
    }

    /// <summary>The figures without labels, and how many rows there are.</summary>
    private static Dictionary<string, long> Parse(string text)
    {
        string[] lines = text.Split('\n');
        Dictionary<string, long> figures = lines
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 2 && !words[0].Contains('{', StringComparison.Ordinal))
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));
        figures["rows"] = lines.Count(line => line.StartsWith("http_requests_total{", StringComparison.Ordinal));
        return figures;
    }
}
