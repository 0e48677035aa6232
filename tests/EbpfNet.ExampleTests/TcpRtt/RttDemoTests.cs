using System.Net;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.TcpRtt;

public sealed class RttDemoTests
{
    private readonly string[] _demo = ["demo", "--listen", $"127.0.0.1:{WatchedHost.FreePort()}"];

    [SkippableFact]
    public async Task The_demo_shows_a_line_for_whom_is_in_the_list_and_none_for_others()
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("TcpRtt", _demo);

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        string[] all = output.Split('\n');
        string[] lines = [.. all.Where(line => line.Contains('→', StringComparison.Ordinal))];
        Assert.Equal(["172.20.0.11", "172.20.0.12", "fd00:20::11", "fd00:20::12"], lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).Order());
        Assert.Equal(3, all.Count(line => line.Contains("no line           no line", StringComparison.Ordinal)));
        Assert.EndsWith("All 11 steps went as expected.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Interrupt, 1)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task Ended_in_the_middle_it_leaves_nothing_behind(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        IPEndPoint listens = IPEndPoint.Parse(_demo[^1]);

        // Next, it waits for lines that do not come.
        await DemoEnding.LeavesNothingBehindAsync("TcpRtt", _demo, reached: "-XDELETE", namespaces: 2, signal, expectedExitCode, meanwhile: async () =>
        {
            using HttpClient client = new();
            Assert.Equal("", await client.GetStringAsync(new Uri($"http://{listens}/")));
        });

        using Socket another = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        another.Bind(listens); // the port is free again
    }

    [SkippableFact]
    public async Task A_port_that_is_taken_is_one_sentence()
    {
        Requires.Bpf();
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        await using ExampleProcess demo = ExampleProcess.Start("TcpRtt", ["demo", "--listen", $"{taken.LocalEndPoint}"]);

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal($"Could not listen at http://{taken.LocalEndPoint}: another program does. Choose another address or port with --listen.\n", errors);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }
}
