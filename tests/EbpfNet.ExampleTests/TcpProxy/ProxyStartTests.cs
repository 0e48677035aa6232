using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A start that fails says why in one sentence, and changes nothing: neither pins, nor what a running proxy does.</summary>
public sealed class ProxyStartTests
{
    private const string WrongFile = "wrong file";
    private const string AddressTaken = "address taken";
    private const string TooFewFiles = "too few files";
    private const string Elsewhere = "elsewhere";

    [SkippableTheory]
    [InlineData(WrongFile, "config.json:2: 'wrong' is no target")]
    [InlineData(AddressTaken, "Could not listen at http://127.0.0.1:9090: another program does")]
    [InlineData(TooFewFiles, "No socket could be opened for another app: Too many open files")]
    public async Task A_first_start_that_fails_leaves_no_pins(string why, string expected)
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();

        await AssertFailsAsync(network, why, expected);

        Assert.False(Directory.Exists(network.Pins));
        await network.AssertRefusedAsync(7000);
    }

    [SkippableTheory]
    [InlineData(WrongFile, "config.json:2: 'wrong' is no target")]
    [InlineData(AddressTaken, "Could not listen at http://127.0.0.1:9090: another program does")]
    [InlineData(TooFewFiles, "No socket could be opened for another app: Too many open files")]
    [InlineData(Elsewhere, "are those of a proxy in another network namespace")]
    public async Task A_start_that_fails_beside_a_running_proxy_changes_nothing(string why, string expected)
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        string running = network.ConfigPath + ".running";
        File.Copy(network.ConfigPath, running);
        await using ExampleProcess proxy = ExampleProcess.Start("TcpProxy", ["run", "--config", running, "--pins", network.Pins], network.Host);
        await proxy.WaitForAsync("Ctrl+C ends it");
        uint before = SteeringProgram(network);

        await AssertFailsAsync(network, why, expected);

        await Task.Delay(500);
        Assert.Equal(before, SteeringProgram(network));
        Assert.DoesNotContain("taken over", proxy.Errors, StringComparison.Ordinal);
        Assert.Equal("A word", await network.AskAsync(7000, "word"));
        proxy.Send(Signal.Terminate);
        Assert.Equal(0, (await proxy.ExitAsync()).ExitCode);
        File.Delete(running);
    }

    [SkippableFact]
    public async Task Of_two_that_start_at_a_time_one_serves_and_the_other_goes()
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess one = Start(network, network.Host);
        await using ExampleProcess other = Start(network, network.Host);
        await one.WaitForAsync("Ctrl+C ends it");
        await other.WaitForAsync("Ctrl+C ends it");

        ExampleProcess first = one.Output.Contains("taken over", StringComparison.Ordinal) ? other : one;
        await first.WaitForErrorAsync("Another process has taken over");
        Assert.Equal(0, (await first.ExitAsync()).ExitCode);
        Assert.DoesNotContain("taken over", (first == one ? other : one).Errors, StringComparison.Ordinal);
        Assert.Equal("A word", await network.AskAsync(7000, "word"));
    }

    [SkippableTheory]
    [InlineData("/tmp/nowhere/proxy", "/tmp/nowhere is no folder of a BPF file system")]
    [InlineData("/tmp/proxy", "/tmp is no folder of a BPF file system")]
    [InlineData("/", "/ is no folder of a BPF file system")]
    public async Task A_folder_that_cannot_hold_pins_is_told(string pins, string expected)
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.Configure("7000", 9001);
        await AssertFailsAsync(ExampleProcess.Start("TcpProxy", ["run", "--config", network.ConfigPath, "--pins", pins], network.Host), expected);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_root_it_is_told_what_it_takes(bool withPins)
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        network.Configure("7000", 9001);
        string[] withoutCapabilities = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
        await AssertFailsAsync(ExampleProcess.Start("TcpProxy", ["run", "--config", network.ConfigPath, .. withPins ? (string[])["--pins", network.Pins] : ["--no-pins"]], network.Host, withoutCapabilities), "CAP_BPF");
        Assert.False(Directory.Exists(network.Pins));
    }

    [SkippableFact]
    public async Task Where_there_are_few_files_there_are_fewer_connections()
    {
        Requires.Bpf();
        using ProxiedNetwork network = ProxiedNetwork.WithApp();
        await using ExampleProcess proxy = Start(network, network.Host, ["prlimit", "--nofile=600"]);
        await proxy.WaitForErrorAsync("There is room for 150 connections at a time, not for 50000");
        await proxy.WaitForAsync("Ctrl+C ends it");

        (Socket Connection, string Name)[] served = await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => network.ConnectAsync(7000)));
        Assert.All(served, one => Assert.Equal("A", one.Name));
        await Assert.ThrowsAsync<SocketException>(() => network.ConnectAsync(7000));
        Array.ForEach(served, one => one.Connection.Dispose());

        await Eventually.IsSoAsync(async () => await network.AskAsync(7000, "word") == "A word");
        Assert.DoesNotContain("open files in", proxy.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("This machine cannot", proxy.Errors, StringComparison.Ordinal);
    }

    private static ExampleProcess Start(ProxiedNetwork network, NetworkHost? host, string[]? through = null, params string[] more)
        => ExampleProcess.Start("TcpProxy", ["run", "--config", network.ConfigPath, "--pins", network.Pins, .. more], host, through);

    private static async Task AssertFailsAsync(ProxiedNetwork network, string why, string expected)
    {
        using Socket? holder = why == AddressTaken ? network.Host.CreateListener(new IPEndPoint(IPAddress.Loopback, 9090)) : null;
        using NetworkHost? elsewhere = why == Elsewhere ? NetworkHost.Create("elsewhere") : null;
        if (why == WrongFile)
        {
            network.ConfigureText("{ \"Apps\": [{ \"Name\": \"app\", \"Ports\": [7001],\n\"Targets\": [\"wrong\"] }] }");
        }
        else if (why == TooFewFiles)
        {
            network.ConfigureText($$"""{ "Apps": [{{string.Join(", ", Enumerable.Range(0, 500).Select(number => $$"""{ "Name": "app{{number}}", "Ports": [{{7000 + number}}], "Targets": [] }"""))}}] }""");
        }

        await AssertFailsAsync(Start(network, elsewhere ?? network.Host, why == TooFewFiles ? ["prlimit", "--nofile=500"] : null, why == AddressTaken ? ["--listen", "127.0.0.1:9090"] : []), expected);
    }

    private static async Task AssertFailsAsync(ExampleProcess start, string expected)
    {
        await using (start)
        {
            (int exitCode, string output, string errors) = await start.ExitAsync();
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.Equal(1, errors.Count(c => c == '\n'));
            Assert.Equal("", output);
            Assert.Equal(1, exitCode);
        }
    }

    private static uint SteeringProgram(ProxiedNetwork network)
    {
        using BpfLink link = BpfLink.OpenPinned(Path.Combine(network.Pins, "link"));
        return link.GetInfo().ProgramId;
    }
}
