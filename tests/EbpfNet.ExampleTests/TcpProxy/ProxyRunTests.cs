using System.Net;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.TcpProxy;

public sealed class ProxyRunTests
{
    [SkippableFact]
    public async Task Any_number_of_ports_reach_the_healthy_targets_in_turn_by_IPv4_and_IPv6()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.StartTarget("B", 9002);
        network.Configure("7000, \"8000-8999\"", 9001, 9002, 9003); // nobody is at 9003
        await using ExampleProcess proxy = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
        await proxy.WaitForErrorAsync("127.0.0.1:9003 of app app is unhealthy");

        List<string> answers = [];
        foreach (int port in (int[])[7000, 8000, 8500, 8999])
        {
            answers.Add(await network.AskAsync(port, "four"));
            answers.Add(await network.AskAsync(port, "six", IPAddress.IPv6Loopback));
        }

        Assert.Equal(4, answers.Count(answer => answer is "A four" or "B four"));
        Assert.Equal(4, answers.Count(answer => answer is "A six" or "B six"));
        Assert.InRange(answers.Count(answer => answer[0] == 'A'), 2, 6);
        await network.AssertRefusedAsync(7001);
        await proxy.WaitForErrorAsync("skipping unhealthy backend: 127.0.0.1:9003");
        using HttpClient client = network.Host.CreateHttpClient(TimeSpan.FromSeconds(10));
        string metrics = await client.GetStringAsync("http://127.0.0.1:9090/metrics");
        Assert.Contains("tcpproxy_target_healthy{app=\"app\",target=\"127.0.0.1:9003\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("tcpproxy_target_healthy{app=\"app\",target=\"127.0.0.1:9001\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Equal(8, SumOf("tcpproxy_connections_total", metrics));
        Assert.Equal((4 * 4) + (4 * 3), SumOf("tcpproxy_bytes_to_target_total", metrics));
        Assert.Equal((4 * 5) + (4 * 4), SumOf("tcpproxy_bytes_from_target_total", metrics));
        Assert.Equal(8, SumOf("tcpproxy_steered_total", metrics));
    }

    [SkippableFact]
    public async Task A_reload_under_load_costs_no_connection()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.StartTarget("B", 9002);
        network.Configure("7000", 9001);
        await using ExampleProcess proxy = await network.StartProxyAsync();
        (Socket held, string heldBy) = await network.ConnectAsync(7000);
        using CancellationTokenSource ending = new();
        Task<int> load = Task.Run(async () =>
        {
            int count = 0;
            for (; !ending.IsCancellationRequested; count++)
            {
                Assert.EndsWith($" {count}", await network.AskAsync(7000, $"{count}"), StringComparison.Ordinal);
            }

            return count;
        });

        for (int round = 0; round < 5; round++)
        {
            network.Configure($"7000, {7100 + round}", round % 2 == 0 ? [9002] : [9001, 9002]);
            proxy.Send(Signal.HangUp);
            await proxy.WaitForErrorAsync("is in force: 2 ports");
            await Eventually.IsSoAsync(async () => (await network.AskAsync(7100 + round, "new")).EndsWith(" new", StringComparison.Ordinal));
        }

        await network.AssertRefusedAsync(7100);
        await ending.CancelAsync();
        Assert.True(await load > 0);
        Assert.Equal("A", heldBy);
        Assert.Equal("still", await ProxiedNetwork.EchoAsync(held, "still"));
        held.Dispose();
    }

    [SkippableFact]
    public async Task Apps_come_and_go_while_it_runs()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.StartTarget("B", 9002);
        network.ConfigureText("""{ "Apps": [{ "Name": "first", "Ports": [7000], "Targets": ["127.0.0.1:9001"] }] }""");
        await using ExampleProcess proxy = await network.StartProxyAsync();
        (Socket held, _) = await network.ConnectAsync(7000);

        // The file's change is seen without a signal.
        network.ConfigureText("""{ "Apps": [{ "Name": "second", "Ports": [7001, "7100-7199"], "Targets": ["localhost:9002"] }] }""");
        await proxy.WaitForErrorAsync("is in force: 101 ports of 1 apps");

        await network.AssertRefusedAsync(7000);
        Assert.Equal("B two", await network.AskAsync(7001, "two"));
        Assert.Equal("B two", await network.AskAsync(7199, "two"));
        Assert.Equal("still", await ProxiedNetwork.EchoAsync(held, "still"));
        held.Dispose();
    }

    [SkippableFact]
    public async Task Without_pins_nothing_is_left_of_it_however_it_ends()
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        foreach (int signal in (int[])[Signal.Terminate, Signal.Kill])
        {
            await using ExampleProcess proxy = await network.StartProxyAsync("--no-pins");
            using KernelTrace trace = KernelTrace.Of(proxy.Id);
            Assert.NotEmpty(trace.Programs);
            Assert.NotEmpty(trace.Maps);
            proxy.Send(signal);
            Assert.Equal(signal == Signal.Kill ? 128 + Signal.Kill : 0, (await proxy.ExitAsync()).ExitCode);
            await trace.AssertGoneAsync();
            Assert.False(Directory.Exists(network.Pins));
        }
    }

    [SkippableTheory]
    [InlineData("config.json:3: 'wrong' is no target", "{ \"Apps\": [\n{ \"Name\": \"app\", \"Ports\": [7000],\n\"Targets\": [\"wrong\"] }] }")]
    [InlineData("config.json:1: Apps is a list", "{ \"Apps\": [null] }")]
    [InlineData("config.json:2: '127.0.0.1:7001' is this proxy itself", "{ \"Apps\": [{ \"Name\": \"app\", \"Ports\": [7000, 7001],\n\"Targets\": [\"127.0.0.1:7001\"] }] }")]
    public async Task A_mistake_in_a_changed_file_is_told_with_its_line_and_the_old_state_stays(string expected, string text)
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess proxy = await network.StartProxyAsync();

        network.ConfigureText(text);
        await proxy.WaitForErrorAsync(expected);

        Assert.Equal("A word", await network.AskAsync(7000, "word"));
    }

    [SkippableFact]
    public async Task What_is_pinned_is_taken_over_after_a_kill_and_beside_a_running_process_until_it_is_unpinned()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.Configure("\"7000-7999\"", 9001);
        await using (ExampleProcess killed = await network.StartProxyAsync())
        {
            Assert.Equal("A one", await network.AskAsync(7500, "one"));
            killed.Send(Signal.Kill);
            await killed.ExitAsync();
        }

        await network.AssertRefusedAsync(7500);
        await using ExampleProcess second = await network.StartProxyAsync();
        Assert.Contains("taken over", second.Output, StringComparison.Ordinal);
        (Socket held, _) = await network.ConnectAsync(7500);

        // The third takes over from the second, which serves what it has to its end.
        await using ExampleProcess third = await network.StartProxyAsync();
        Assert.Equal("A three", await network.AskAsync(7500, "three"));
        await second.WaitForErrorAsync("Another process has taken over");
        Assert.Equal("still", await ProxiedNetwork.EchoAsync(held, "still"));
        held.Dispose();
        Assert.Equal(0, (await second.ExitAsync()).ExitCode);
        Assert.Equal("A four", await network.AskAsync(7500, "four"));

        third.Send(Signal.Terminate);
        Assert.Equal(0, (await third.ExitAsync()).ExitCode);
        Assert.NotEmpty(Directory.GetFiles(network.Pins));
        await using (ExampleProcess unpin = ExampleProcess.Start("TcpProxy", ["run", "--unpin", "--pins", network.Pins], network.Host))
        {
            Assert.Equal(0, (await unpin.ExitAsync()).ExitCode);
        }

        Assert.False(Directory.Exists(network.Pins));
        await network.AssertRefusedAsync(7500);
    }

    [SkippableFact]
    public async Task Want_of_ports_on_this_machine_makes_no_target_unhealthy_and_ends_no_health_check()
    {
        const string PortRange = "/proc/sys/net/ipv4/ip_local_port_range";
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess proxy = await network.StartProxyAsync();
        Assert.Equal("A word", await network.AskAsync(7000, "word"));

        // Two connections are as many as there are ports.
        network.Host.Run(() => File.WriteAllText(PortRange, "61000 61001"));
        Task<Socket> TakePortAsync() => network.Host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9001), TimeSpan.FromSeconds(20));
        List<Socket> held = [];
        await Eventually.IsSoAsync(async () => // a health check may have one of them just then
        {
            held.Add(await TakePortAsync());
            return held.Count == 2;
        });
        await proxy.WaitForErrorAsync("This machine cannot open a connection to 127.0.0.1:9001: Cannot assign requested address");
        await Task.Delay(2000);
        Assert.DoesNotContain("is unhealthy", proxy.Errors, StringComparison.Ordinal);
        Assert.InRange(proxy.Errors.Split('\n').Count(line => line.Contains("This machine cannot", StringComparison.Ordinal)), 1, 6); // at most once a second, of ten checks

        network.Host.Run(() => File.WriteAllText(PortRange, "32768 60999"));
        Assert.Equal("A word", await network.AskAsync(7000, "word"));
        network.StopTarget(9001);
        await proxy.WaitForErrorAsync("127.0.0.1:9001 of app app is unhealthy");
        held.ForEach(one => one.Dispose());
    }

    [Theory]
    [InlineData(1, "/nowhere.json: cannot be read", "run", "--config", "/nowhere.json")]
    [InlineData(2, "--health-interval", "run", "--health-interval", "0")]
    [InlineData(2, "command", "fly")]
    public async Task Wrong_arguments_are_told_in_one_line(int expectedExitCode, string expectedText, params string[] arguments)
    {
        await using ExampleProcess run = ExampleProcess.Start("TcpProxy", arguments);

        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.Contains(expectedText, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal("", output);
        Assert.Equal(expectedExitCode, exitCode);
    }

    private static long SumOf(string name, string metrics)
        => metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)).Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..]));
}
