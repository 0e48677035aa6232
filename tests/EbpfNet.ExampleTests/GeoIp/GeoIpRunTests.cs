using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GeoIp;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary><c>GeoIp run</c>, started as a user does.</summary>
public sealed class GeoIpRunTests : IDisposable
{
    private readonly string _database = Path.Combine(Path.GetTempPath(), $"ebpfnet-{Guid.NewGuid():N}.mmdb");

    public void Dispose() => File.Delete(_database);

    [SkippableFact]
    public async Task Visits_are_counted_exactly_by_country_service_and_address()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        Assert.Contains("tcx", running.Process.Output, StringComparison.Ordinal);
        using HttpClient visitor = running.Network.CreateVisitor();
        HttpClient page = running.Page;

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal("Hello World!\n", await visitor.GetStringAsync(new Uri("http://172.20.0.1:8081/")));
        }

        Assert.Equal("eBPF Summit\n", await visitor.GetStringAsync(new Uri("http://[fd00::1]:8082/")));
        Assert.Equal("Submitted word: <b>&ü\n", await visitor.GetStringAsync(new Uri("http://172.20.0.1:8083/%3Cb%3E&%C3%BC")));
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.GetAsync(new Uri($"http://172.20.0.1:8083/{new string('x', 33)}"))).StatusCode);

        await WaitForAsync(page, "/api/services", "[{\"port\":8081,\"requests\":100,\"addresses\":1},{\"port\":8082,\"requests\":1,\"addresses\":1},{\"port\":8083,\"requests\":2,\"addresses\":1}]");
        await WaitForAsync(page, "/api/countries", "[{\"code\":\"private\",\"name\":\"Private addresses\",\"requests\":103,\"addresses\":2,\"latitude\":null,\"longitude\":null}]");
        await WaitForAsync(
            page,
            "/api/addresses",
            """[{"address":"172.20.0.2","code":"private","country":"Private addresses","city":null,"requests":102,"services":[{"port":8081,"requests":100},{"port":8083,"requests":2}]},{"address":"fd00::2","code":"private","country":"Private addresses","city":null,"requests":1,"services":[{"port":8082,"requests":1}]}]""");
        using JsonDocument words = JsonDocument.Parse(await page.GetStringAsync(new Uri("/api/words", UriKind.Relative)));
        Assert.Equal("<b>&ü", Assert.Single(words.RootElement.EnumerateArray()).GetProperty("word").GetString());
    }

    [SkippableFact]
    public async Task An_address_can_be_injected_and_what_is_none_is_told_why()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        HttpClient page = running.Page;

        Assert.Equal((HttpStatusCode.OK, "129.187.255.1 counted for port 8081\n"), await PostAsync(page, "129.187.255.1"));
        Assert.Equal((HttpStatusCode.OK, "2001:660::1 counted for port 8083\n"), await PostAsync(page, "2001:660::1 8083"));
        Assert.Equal((HttpStatusCode.BadRequest, "The body is to be an address, or an address and a port.\n"), await PostAsync(page, ""));
        Assert.Equal((HttpStatusCode.BadRequest, "The body is to be an address, or an address and a port.\n"), await PostAsync(page, new string('1', 300)));
        Assert.Equal((HttpStatusCode.BadRequest, "'22' is none of the ports that are counted for: 8081, 8082, 8083.\n"), await PostAsync(page, "1.2.3.4 22"));
        Assert.StartsWith("'nonsense' is not an address", (await PostAsync(page, "nonsense")).Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, "'10.0.0.0/8' is a network: write one address.\n"), await PostAsync(page, "10.0.0.0/8"));

        Assert.Equal("""{"requests":2,"addresses":2,"forgotten":0,"forgottenCities":0,"forgottenPorts":0,"lost":0,"repeated":0,"forgottenAttempts":0,"forgottenWords":0}""", await page.GetStringAsync(new Uri("/api/totals", UriKind.Relative)));
    }

    [SkippableFact]
    public async Task The_page_and_all_it_needs_come_from_here()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        HttpClient page = running.Page;

        using HttpResponseMessage answer = await page.GetAsync(new Uri("/", UriKind.Relative));
        string html = await answer.Content.ReadAsStringAsync();

        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        foreach (string file in (string[])["geoip.css", "geoip.js", "d3-array.min.js", "d3-geo.min.js", "topojson-client.min.js", "countries-110m.json"])
        {
            Assert.True((await page.GetByteArrayAsync(new Uri($"/{file}", UriKind.Relative))).Length > 1000, file);
        }
    }

    [SkippableFact]
    public async Task Events_tell_of_a_request_a_moment_later()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        HttpClient page = running.Page;
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(20));
        using StreamReader events = new(await page.GetStreamAsync(new Uri("/api/events", UriKind.Relative), deadline.Token));
        Assert.Contains("\"requests\":0", await events.ReadLineAsync(deadline.Token), StringComparison.Ordinal);

        using HttpClient visitor = running.Network.CreateVisitor();
        await visitor.GetStringAsync(new Uri("http://172.20.0.1:8081/"), deadline.Token);

        string? line;
        while ((line = await events.ReadLineAsync(deadline.Token)) is not null && !line.Contains("\"totals\":{\"requests\":1,", StringComparison.Ordinal))
        {
            // Empty lines stand between events.
        }

        Assert.NotNull(line);
    }

    [SkippableFact]
    public async Task Other_services_are_counted_by_their_ports()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync("--port", "9001", "--port", "9002");
        Assert.Contains("ports 9001, 9002", running.Process.Output, StringComparison.Ordinal);
        HttpClient page = running.Page;
        using HttpClient visitor = running.Network.CreateVisitor();

        await Assert.ThrowsAsync<HttpRequestException>(() => visitor.GetStringAsync(new Uri("http://172.20.0.1:9002/"))); // nobody serves it, but somebody asked
        await Assert.ThrowsAsync<HttpRequestException>(() => visitor.GetStringAsync(new Uri("http://172.20.0.1:8081/")));

        await WaitForAsync(page, "/api/services", """[{"port":9002,"requests":1,"addresses":1}]""");
    }

    [SkippableFact]
    public async Task Words_that_had_to_make_room_are_in_the_totals()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        using HttpClient visitor = running.Network.Server.CreateHttpClient(TimeSpan.FromSeconds(10));
        for (int i = 0; i < 4096 + 3; i++)
        {
            await visitor.GetStringAsync(new Uri($"http://127.0.0.1:8083/word{i}"));
        }

        Assert.Contains("\"forgottenWords\":3", await running.Page.GetStringAsync(new Uri("/api/totals", UriKind.Relative)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Connections_that_only_sit_there_are_refused_or_sent_away_and_others_are_answered()
    {
        const int Idle = SmallServices.MaxConnections + 100;
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        List<Socket> idle = [];
        try
        {
            for (int i = 0; i < Idle; i++)
            {
                idle.Add(await running.Network.Visitor.ConnectAsync(new IPEndPoint(IPAddress.Parse("172.20.0.1"), 8081), TimeSpan.FromSeconds(10)));
            }

            await WaitAsync(() => idle.Count(IsClosed) >= Idle - SmallServices.MaxConnections, "the connections too many to be closed");

            // The other services have room, and this one has it as soon as those who sit there were sent away.
            using HttpClient visitor = running.Network.CreateVisitor();
            Assert.Equal("eBPF Summit\n", await visitor.GetStringAsync(new Uri("http://172.20.0.1:8082/")));
            await WaitAsync(() => idle.All(IsClosed), "all of them to be closed");
            Assert.Equal("Hello World!\n", await visitor.GetStringAsync(new Uri("http://172.20.0.1:8081/")));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }

        static bool IsClosed(Socket socket) => socket.Poll(0, SelectMode.SelectRead);

        static async Task WaitAsync(Func<bool> condition, string description)
        {
            long start = Stopwatch.GetTimestamp();
            while (!condition())
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), $"Waited in vain for {description}.");
                await Task.Delay(100);
            }
        }
    }

    [SkippableFact]
    public async Task A_database_is_put_in_force_when_it_changes_and_a_damaged_one_leaves_the_old_one()
    {
        Requires.Bpf();
        Write("GB", "London");
        await using RunningGeoIp running = await RunningGeoIp.StartAsync("--database", _database);
        HttpClient page = running.Page;
        await PostAsync(page, "81.2.69.142");
        Assert.Equal("""[{"code":"GB","city":"London","requests":1,"addresses":1,"latitude":51.5,"longitude":-0.12}]""", await page.GetStringAsync(new Uri("/api/cities", UriKind.Relative)));

        File.WriteAllText(_database, "nonsense");
        await running.Process.WaitForErrorAsync($"{_database}: it is no MaxMind database");
        await PostAsync(page, "81.2.69.142");
        Assert.Contains("\"requests\":2", await page.GetStringAsync(new Uri("/api/cities", UriKind.Relative)), StringComparison.Ordinal);

        // Its metadata are whole, but its search tree leads nowhere.
        Write("GB", "London", damaged: true);
        await running.Process.WaitForErrorAsync("of its search tree leads out of the data");
        await PostAsync(page, "81.2.69.142");
        Assert.Contains("\"requests\":3", await page.GetStringAsync(new Uri("/api/cities", UriKind.Relative)), StringComparison.Ordinal);

        Write("CH", "Bern");
        await running.Process.WaitForErrorAsync("was read again");
        await PostAsync(page, "81.2.69.142");
        Assert.Contains("\"city\":\"Bern\",\"requests\":1", await page.GetStringAsync(new Uri("/api/cities", UriKind.Relative)), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 0)]
    [InlineData(Signal.Interrupt, 0)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task However_it_ends_nothing_is_left(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        await running.Process.WaitForAsync("in all");
        HttpClient page = running.Page;
        using StreamReader events = new(await page.GetStreamAsync(new Uri("/api/events", UriKind.Relative))); // an open page does not keep it
        using KernelTrace trace = KernelTrace.Of(running.Process.Id);
        Assert.Single(trace.Programs);

        running.Process.Send(signal);
        (int exitCode, _, string errors) = await running.Process.ExitAsync();

        Assert.Equal("", errors);
        Assert.Equal(expectedExitCode, exitCode);
        await trace.AssertGoneAsync();
        Assert.Empty(running.Network.Server.Run(() => TcHook.Query("eth0", TcDirection.Ingress)).Programs);
        running.Network.Server.CreateListener(new IPEndPoint(IPAddress.Any, 8081)).Dispose();
    }

    [SkippableFact]
    public async Task A_port_that_is_taken_is_told_in_one_sentence()
    {
        Requires.Bpf();
        using GeoIpNetwork network = new();
        using Socket other = network.Server.CreateListener(new IPEndPoint(IPAddress.Any, 8082));
        await using ExampleProcess run = network.Run();

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal("Another program serves one of the ports 8081, 8082, 8083: count its connections with --port, or stop it.\n", errors);
        Assert.Equal(1, exitCode);
    }

    [SkippableTheory]
    [InlineData(1, "nosuch0", "run", "--interface", "nosuch0")]
    [InlineData(1, "no-such-file.mmdb", "run", "--interface", "lo", "--database", "/no-such-file.mmdb")]
    [InlineData(2, "--interface", "run")]
    [InlineData(2, "70000", "run", "--interface", "lo", "--port", "70000")]
    [InlineData(2, "'here' is no address to listen at", "run", "--interface", "lo", "--listen", "here")]
    public async Task What_cannot_be_is_told_in_one_line(int expectedExitCode, string expectedText, params string[] arguments)
    {
        Requires.Bpf();
        using GeoIpNetwork network = new();
        await using ExampleProcess run = ExampleProcess.Start("GeoIp", arguments, network.Server);

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Contains(expectedText, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal(expectedExitCode, exitCode);
    }

    internal static async Task WaitForAsync(HttpClient page, string path, string expected)
    {
        string seen = "";
        for (int i = 0; i < 100; i++)
        {
            seen = await page.GetStringAsync(new Uri(path, UriKind.Relative));
            if (seen == expected)
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Equal(expected, seen);
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(HttpClient page, string body)
    {
        using HttpResponseMessage answer = await page.PostAsync(new Uri("/request", UriKind.Relative), new StringContent(body));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private void Write(string code, string city, bool damaged = false)
    {
        MmdbBuilder builder = new(28, isIPv6: true);
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Place(code, city, 51.5, -0.12));
        byte[] bytes = builder.Build();
        if (damaged)
        {
            bytes.AsSpan(0, 7).Fill(0xFF); // the root
        }

        File.WriteAllBytes(_database + ".new", bytes);
        File.Move(_database + ".new", _database, overwrite: true);
    }
}
