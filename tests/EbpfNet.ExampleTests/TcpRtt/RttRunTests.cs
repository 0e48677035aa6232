using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.TcpRtt;

/// <summary><c>TcpRtt run</c>, and connections in a network namespace of their own.</summary>
public sealed class RttRunTests : IDisposable
{
    private readonly WatchedHost _host;

    public RttRunTests()
    {
        Requires.Bpf();
        _host = new WatchedHost();
    }

    public void Dispose() => _host.Dispose();

    [SkippableTheory]
    [InlineData("172.31.77.1", "172.31.77.2", "172.31.77.2")]
    [InlineData("172.31.77.1", "172.31.77.2", "172.31.77.2/31")]
    [InlineData("fd00:77::1", "fd00:77::2", "fd00:77::2")]
    [InlineData("fd00:77::1", "fd00:77::2", "fd00:77::2/127")]
    public async Task Each_connection_has_one_line_whatever_way_it_ends(string server, string client, string filter)
    {
        (ExampleProcess run, _) = await WatchedHost.RunAsync("--json", "--address", filter);
        await using ExampleProcess started = run;
        List<int> ports = [];

        _host.Run(() =>
        {
            using Socket listener = WatchedHost.Listen(IPAddress.Parse(server));
            void Connect(Action<Socket, Socket> end)
            {
                using Socket one = WatchedHost.ConnectTo(listener, IPAddress.Parse(client));
                using Socket other = listener.Accept();
                ports.Add(((IPEndPoint)one.LocalEndPoint!).Port);
                one.Send("abc"u8);
                Assert.Equal(3, other.Receive(new byte[10]));
                end(one, other);
            }

            Connect((one, _) => one.Close()); // the client first
            Connect((_, other) => other.Close());
            Connect((one, other) =>
            {
                one.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, other.Receive(new byte[1]));
                other.Send(new byte[1000]);
                other.Close();
                for (int received = 0; received < 1000;)
                {
                    received += one.Receive(new byte[1000]);
                }
            });
            Connect((one, _) => one.LingerState = new LingerOption(true, 0));
            Connect((_, other) =>
            {
                other.LingerState = new LingerOption(true, 0);
                other.Close();
            });
            using Socket waiting = WatchedHost.ConnectTo(listener, IPAddress.Parse(client)); // never accepted
            ports.Add(((IPEndPoint)waiting.LocalEndPoint!).Port);
            listener.Close();
        });

        JsonElement[] lines = await WatchedHost.LinesAsync(run, ports.Count);
        Assert.Equal(ports, lines.Select(line => line.GetProperty("src_port").GetInt32()));
        Assert.All(lines, line => Assert.Equal((client, server), (line.GetProperty("src").GetString(), line.GetProperty("dst").GetString())));
        Assert.Equal([3, 3, 3, 3, 3, 0], lines.Select(line => line.GetProperty("sent").GetInt32()));
        Assert.Equal([0, 0, 1000, 0, 0, 0], lines.Select(line => line.GetProperty("received").GetInt32()));
        Assert.All(lines, line => Assert.InRange(line.GetProperty("rtt_us").GetInt32(), 1, 10_000_000));
        Assert.All(lines, line => Assert.Equal(0, line.GetProperty("retransmits").GetInt32()));
        Assert.All(lines, line => Assert.InRange(DateTime.UtcNow - line.GetProperty("time").GetDateTime(), TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.Single(lines.Select(line => line.GetProperty("netns").GetUInt32()).Distinct());
        Assert.NotEqual($"net:[{lines[0].GetProperty("netns").GetUInt32()}]", new FileInfo("/proc/self/ns/net").LinkTarget);
    }

    [SkippableFact]
    public async Task Listeners_and_attempts_that_fail_have_no_line()
    {
        (ExampleProcess run, _) = await WatchedHost.RunAsync("--json", "--address", $"{WatchedHost.Server}", "--address", $"{WatchedHost.Client}");
        await using ExampleProcess started = run;

        _host.Run(() =>
        {
            Socket listener = WatchedHost.Listen(WatchedHost.Server);
            EndPoint nobody = listener.LocalEndPoint!;
            listener.Dispose();
            using (Socket refused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                refused.Bind(new IPEndPoint(WatchedHost.Client, 0));
                Assert.Throws<SocketException>(() => refused.Connect(nobody));
            }

            using Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            datagrams.Bind(new IPEndPoint(WatchedHost.Client, 0));
            datagrams.Connect(nobody);
        });

        await WatchedHost.LinesAsync(run, 0);
    }

    [SkippableTheory]
    [InlineData("172.31.77.1", 1, 1)]
    [InlineData("172.31.77.1", 2, 2, "--either")]
    [InlineData("192.0.2.1", 0, 2, "--all")]
    public async Task The_local_address_counts_or_either_or_none(string filter, int expected, int expectedAtLeast, params string[] option)
    {
        (ExampleProcess run, _) = await WatchedHost.RunAsync(["--json", "--address", filter, .. option]);
        await using ExampleProcess started = run;

        _host.Run(() =>
        {
            using Socket listener = WatchedHost.Listen(WatchedHost.Server);
            WatchedHost.ConnectAndClose(listener, WatchedHost.Client);
        });

        // With --all, others on this machine may have lines, too.
        await run.WaitForAsync(output => OwnLines(output) >= expectedAtLeast, "the lines");
        await Task.Delay(300);
        Assert.Equal(expectedAtLeast, OwnLines(run.Output));
        Assert.True(option is ["--all"] || WatchedHost.Lines(run.Output).Length == expected, run.Output);

        static int OwnLines(string output) => WatchedHost.Lines(output).Count(line => line.GetProperty("src").GetString()!.StartsWith("172.31.77.", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Ten_thousand_connections_have_ten_thousand_lines()
    {
        const int Connections = 10_000;
        (ExampleProcess run, _) = await WatchedHost.RunAsync("--json", "--address", $"{WatchedHost.Client}");
        await using ExampleProcess started = run;

        ConnectOften(Connections);
        await run.WaitForAsync(output => output.Count(c => c == '\n') >= Connections, $"{Connections} lines");
        run.Send(Signal.Terminate);
        (int exitCode, string output, _) = await run.ExitAsync();

        JsonElement[] lines = WatchedHost.Lines(output);
        Assert.Equal(Connections, lines.Length);
        Assert.DoesNotContain(lines, line => line.TryGetProperty("lost", out _));
        Assert.Equal(0, exitCode);
    }

    [SkippableFact]
    public async Task What_a_full_buffer_loses_is_counted_and_shown()
    {
        const int Connections = 2_000; // 64 KiB hold 819
        (ExampleProcess run, _) = await WatchedHost.RunAsync("--json", "--buffer", "64", "--address", $"{WatchedHost.Client}");
        await using ExampleProcess started = run;

        run.Send(Signal.Stop);
        ConnectOften(Connections);
        run.Send(Signal.Continue);
        await run.WaitForAsync("\"lost\"");
        run.Send(Signal.Terminate);
        (_, string output, _) = await run.ExitAsync();

        JsonElement[] lines = WatchedHost.Lines(output);
        int lost = lines.Where(line => line.TryGetProperty("lost", out _)).Sum(line => line.GetProperty("lost").GetInt32());
        Assert.InRange(lost, 1, Connections - 819);
        Assert.Equal(Connections, lines.Count(line => line.TryGetProperty("src", out _)) + lost);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 0)]
    [InlineData(Signal.Interrupt, 0)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task However_it_ends_nothing_is_left_and_what_was_closed_before_has_its_line(int signal, int expectedExitCode)
    {
        (ExampleProcess run, _) = await WatchedHost.RunAsync("--address", $"{WatchedHost.Client}");
        await using ExampleProcess started = run;
        using KernelTrace trace = KernelTrace.Of(run.Id);
        Assert.Single(trace.Programs);

        ConnectOften(3);
        run.Send(signal);
        (int exitCode, string output, _) = await run.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.True(signal == Signal.Kill || output.Count(c => c == '→') == 3 + 1, output); // the heading has one, too
        await trace.AssertGoneAsync();
    }

    [SkippableFact]
    public async Task A_reader_that_has_seen_enough_ends_it()
    {
        await using ExampleProcess run = ExampleProcess.Start("TcpRtt", ["run", "--listen", $"127.0.0.1:{WatchedHost.FreePort()}"], through: ["sh", "-c", "{ \"$@\" 2>/dev/null; echo \"exit code $?\" >&2; } | head -1", "sh"]);

        (_, string output, string errors) = await run.ExitAsync();

        Assert.StartsWith("Time ", output, StringComparison.Ordinal);
        Assert.Equal("exit code 0\n", errors);
    }

    [SkippableFact]
    public async Task A_reader_that_stands_still_does_not_keep_it_from_ending()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ebpfnet-pipe-");
        try
        {
            string pipe = Path.Combine(folder.FullName, "pipe");
            Assert.Equal(0, (await CommandRun.RunAsync("mkfifo", pipe)).ExitCode);
            using FileStream reader = new(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            await using ExampleProcess run = ExampleProcess.Start(
                "TcpRtt", ["run", "--all", "--listen", $"127.0.0.1:{WatchedHost.FreePort()}"], through: ["sh", "-c", $"exec \"$@\" > {pipe}", "sh"]);
            await run.WaitForErrorAsync("Connections are seen by");
            Assert.NotEqual(0, (await CommandRun.RunAsync("dd", "if=/dev/zero", $"of={pipe}", "bs=1", "oflag=nonblock")).ExitCode); // until nothing more goes in
            ConnectOften(3);

            long start = Stopwatch.GetTimestamp();
            run.Send(Signal.Terminate);
            (int exitCode, _, string errors) = await run.ExitAsync();

            Assert.Equal(0, exitCode);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(3)); // one, mostly
            Assert.Equal(1, errors.Count(c => c == '\n'));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public async Task Output_that_cannot_be_written_ends_it_with_one_sentence()
    {
        await using ExampleProcess run = ExampleProcess.Start("TcpRtt", ["run", "--listen", $"127.0.0.1:{WatchedHost.FreePort()}"], through: ["sh", "-c", "exec \"$@\" > /dev/full", "sh"]);

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.StartsWith("Could not write the output: ", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal(1, exitCode);
    }

    [SkippableTheory]
    [InlineData(1, "'10.0.0.300' is not an address", "--address", "10.0.0.300")]
    [InlineData(2, "'100' is no size of a buffer", "--buffer", "100")]
    [InlineData(2, "'many' is no size of a buffer", "--buffer", "many")]
    [InlineData(2, "'8090' is no address to listen at", "--listen", "8090")]
    public async Task Wrong_arguments_are_told_in_one_line(int expectedExitCode, string expectedText, params string[] arguments)
    {
        await using ExampleProcess run = ExampleProcess.Start("TcpRtt", ["run", .. arguments]);

        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.Contains(expectedText, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal("", output);
        Assert.Equal(expectedExitCode, exitCode);
    }

    private void ConnectOften(int times) => _host.Run(() =>
    {
        using Socket listener = WatchedHost.Listen(WatchedHost.Server);
        for (int i = 0; i < times; i++)
        {
            WatchedHost.ConnectAndClose(listener, WatchedHost.Client);
        }
    });
}
