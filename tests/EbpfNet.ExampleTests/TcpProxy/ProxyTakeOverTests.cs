using System.Net.Sockets;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>Another process, or another configuration, takes the place of the one before, while clients come and go.</summary>
public sealed class ProxyTakeOverTests
{
    private const string Metrics = "http://127.0.0.1:9090/metrics";

    [SkippableFact]
    public async Task Started_again_by_the_same_command_line_it_takes_over_under_load_without_a_lost_connection()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.ConfigureText("""{ "Apps": [{ "Name": "app", "Ports": [7000], "Targets": ["127.0.0.1:9001"] }, { "Name": "other", "Ports": [7001], "Targets": ["127.0.0.1:9001"] }] }""");
        ExampleProcess running = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
        try
        {
            (Socket held, _) = await network.ConnectAsync(7001);
            await using ClientLoad load = new(network, 7000, 7001);
            for (int round = 0; round < 2; round++)
            {
                await load.MoreAsync(100);
                ExampleProcess next = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
                Assert.Contains("taken over", next.Output, StringComparison.Ordinal);
                await running.WaitForErrorAsync("Another process has taken over");
                await load.MoreAsync(100);
                if (round == 0)
                {
                    Assert.Equal("still", await ProxiedNetwork.EchoAsync(held, "still"));
                    held.Dispose();
                }

                Assert.Equal(0, (await running.ExitAsync()).ExitCode);
                await running.DisposeAsync();
                running = next;
                Assert.Contains("tcpproxy_steered_total{app=\"app\"}", await network.GetAsync(Metrics), StringComparison.Ordinal);
            }

            await load.MoreAsync(100);
            await load.AssertNoFailureAsync();
        }
        finally
        {
            await running.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_process_that_was_taken_over_still_ends_idle_connections_and_so_itself()
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess before = await network.StartProxyAsync("--idle-timeout", "4");
        (Socket silent, _) = await network.ConnectAsync(7000);
        using (silent)
        {
            await using ExampleProcess next = await network.StartProxyAsync("--idle-timeout", "4");
            await before.WaitForErrorAsync("Another process has taken over");

            Assert.Equal(0, (await before.ExitAsync()).ExitCode);
            Assert.Equal("A app", await network.AskAsync(7000, "app"));
        }
    }

    [SkippableFact]
    public async Task One_that_joins_connections_takes_over_from_one_that_has_nearly_all_ports()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.Configure("\"10000-40000\", \"42000-65535\"", 9001);
        await using ExampleProcess before = await network.StartProxyAsync();

        network.Configure("7000", 9001);
        await using ExampleProcess next = await network.StartProxyAsync("--splice"); // it tries the kernel with a connection, while the one before still has its ports

        await before.WaitForErrorAsync("Another process has taken over");
        Assert.Equal("A joined", await network.AskAsync(7000, "joined"));
    }

    [SkippableFact]
    public async Task An_app_is_renamed_and_its_ports_move_under_load_without_a_lost_connection()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.ConfigureText(Named("name0"));
        await using ExampleProcess proxy = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
        await using ClientLoad load = new(network, 7000, 7999);
        for (int round = 1; round <= 4; round++)
        {
            await load.MoreAsync(60);
            network.ConfigureText(Named($"name{round}"));
            proxy.Send(Signal.HangUp);
            await Eventually.IsSoAsync(async () => (await network.GetAsync(Metrics)).Contains($"app=\"name{round}\"", StringComparison.Ordinal));
        }

        await load.MoreAsync(60);
        await load.AssertNoFailureAsync();
        // The sockets of the names before are closed, all but the last one's and that of the metrics.
        await Eventually.IsSoAsync(() => ProxiedNetwork.CountListeners(proxy) == 2);

        static string Named(string name) => $$"""{ "Apps": [{ "Name": "{{name}}", "Ports": ["7000-7999"], "Targets": ["127.0.0.1:9001"] }] }""";
    }

    [SkippableFact]
    public async Task A_process_that_was_taken_over_changes_nothing_any_more()
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess old = await network.StartProxyAsync();
        (Socket held, _) = await network.ConnectAsync(7000);
        await using ExampleProcess next = await network.StartProxyAsync();

        // At once: it may not have seen yet that it was taken over.
        string path = network.ConfigPath;
        network.ConfigureText("""{ "Apps": [{ "Name": "another", "Ports": [7100], "Targets": ["127.0.0.1:9001"] }] }""");
        old.Send(Signal.HangUp);
        await old.WaitForErrorAsync($"{path} is not read again: another process has taken over");
        await next.WaitForErrorAsync("is in force: 1 ports of 1 apps");
        old.Send(Signal.HangUp);
        await Task.Delay(1000); // as long as it takes to see a change of the file

        Assert.Equal("A new", await network.AskAsync(7100, "new"));
        Assert.DoesNotContain("is in force", old.Errors, StringComparison.Ordinal);
        Assert.Equal("still", await ProxiedNetwork.EchoAsync(held, "still"));
        held.Dispose();
        Assert.Equal(0, (await old.ExitAsync()).ExitCode);
        Assert.Equal("A new", await network.AskAsync(7100, "new"));
    }

    [SkippableFact]
    public async Task Apps_keep_their_numbers_and_counters_when_new_ones_stand_before_them_and_new_ones_begin_at_zero()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.StartTarget("A", 9001);
        network.ConfigureText("""{ "Apps": [{ "Name": "first", "Ports": [7001], "Targets": ["127.0.0.1:9001"] }, { "Name": "second", "Ports": [7002], "Targets": ["127.0.0.1:9001"] }] }""");
        await using (ExampleProcess killed = await network.StartProxyAsync())
        {
            await network.AskAsync(7001, "one");
            await network.AskAsync(7002, "two");
            await network.AskAsync(7002, "two");
            killed.Send(Signal.Kill);
            await killed.ExitAsync();
        }

        await network.AssertRefusedAsync(7002);
        network.ConfigureText("""{ "Apps": [{ "Name": "new", "Ports": [7000], "Targets": ["127.0.0.1:9001"] }, { "Name": "second", "Ports": [7002], "Targets": ["127.0.0.1:9001"] }, { "Name": "first", "Ports": [7001], "Targets": ["127.0.0.1:9001"] }] }""");
        await using ExampleProcess proxy = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
        await network.AskAsync(7000, "new");
        await network.AskAsync(7001, "one");

        await Eventually.IsSoAsync(async () => (await network.GetAsync(Metrics)).Length > 0); // The page is served a moment after the ports.
        string metrics = await network.GetAsync(Metrics);
        Assert.Contains("tcpproxy_steered_total{app=\"first\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("tcpproxy_steered_total{app=\"second\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("tcpproxy_steered_total{app=\"new\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("tcpproxy_without_process_total{app=\"second\"} 1\n", metrics, StringComparison.Ordinal);

        // A number that is free again is the next new app's; what was counted under it is not.
        network.ConfigureText("""{ "Apps": [{ "Name": "last", "Ports": [7000], "Targets": ["127.0.0.1:9001"] }] }""");
        await proxy.WaitForErrorAsync("is in force: 1 ports of 1 apps");
        await Task.Delay(2500);
        network.Configure("7002", 9001);
        await Eventually.IsSoAsync(async () => (await network.GetAsync(Metrics)).Contains("app=\"app\"", StringComparison.Ordinal));
        await network.AskAsync(7002, "two");
        Assert.Contains("tcpproxy_steered_total{app=\"app\"} 1\n", await network.GetAsync(Metrics), StringComparison.Ordinal);
    }
}
