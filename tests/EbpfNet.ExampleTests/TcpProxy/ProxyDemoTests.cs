using System.Diagnostics;
using System.Globalization;

namespace EbpfNet.ExampleTests.TcpProxy;

public sealed class ProxyDemoTests
{
    [SkippableTheory]
    [InlineData("demo")]
    [InlineData("demo", "--splice")]
    public async Task The_demo_shows_every_step_as_expected(params string[] arguments)
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("TcpProxy", arguments);
        await demo.WaitForAsync("10,000 ports");

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.EndsWith("All 10 steps went as expected.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task Ended_in_the_middle_the_demo_leaves_nothing_behind(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("TcpProxy", ["demo"], holdAt: "listening sockets");
        await demo.WaitForAsync("listening sockets");
        int proxy = ChildOf(demo.Id);
        using KernelTrace trace = KernelTrace.Of(proxy);
        using KernelTrace network = KernelTrace.Of(demo.Id);
        Assert.NotEmpty(trace.Programs);
        Assert.NotEmpty(trace.Maps);
        Assert.Equal(4, network.Namespaces); // three hosts and their switch

        demo.Send(signal);
        (int exitCode, _, string errors) = await demo.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.Equal(signal == Signal.Kill ? "" : "Stopped before the end: the hosts and the proxy are gone.\n", errors);
        await trace.AssertGoneAsync();
        await network.AssertGoneAsync();
    }

    private static int ChildOf(int processId)
        => Process.GetProcesses().Select(process => process.Id).First(id =>
        {
            try
            {
                string stat = File.ReadAllText($"/proc/{id}/stat");
                return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) == processId;
            }
            catch (IOException)
            {
                return false;
            }
        });
}
