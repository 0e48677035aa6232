namespace EbpfNet.ExampleTests.HttpMetrics;

public sealed class HttpDemoTests
{
    private const int Steps = 20;

    [SkippableTheory]
    [InlineData("packets")]
    [InlineData("syscalls")]
    [InlineData("syscall-tracepoints")]
    public async Task What_the_demo_counts_is_what_its_servers_count(string source)
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("HttpMetrics", ["demo", "--source", source]);

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.Contains("0 gaps, 0 passed over; evicted 0 connections, 0 rows, 0 ends", output, StringComparison.Ordinal);
        Assert.Equal(Steps, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.EndsWith($"All {Steps} steps went as expected.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData("packets")]
    [InlineData("syscalls")]
    [InlineData("syscall-tracepoints")]
    public async Task A_hundred_thousand_requests_are_counted_none_missed_none_twice(string source)
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("HttpMetrics", ["demo", "--source", source, "--requests", "100000", "--connections", "256"]);

        await demo.WaitForAsync("requests per second", TimeSpan.FromMinutes(3));
        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.Contains("requests                100,000           100,000", output, StringComparison.Ordinal);
        Assert.Contains("0 gaps, 0 passed over", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData("packets", Signal.Terminate, 1)]
    [InlineData("packets", Signal.Kill, 128 + Signal.Kill)]
    [InlineData("syscalls", Signal.Terminate, 1)]
    [InlineData("syscalls", Signal.Kill, 128 + Signal.Kill)]
    [InlineData("syscall-tracepoints", Signal.Kill, 128 + Signal.Kill)]
    public async Task Ended_in_the_middle_the_demo_leaves_nothing_behind(string source, int signal, int expectedExitCode)
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("HttpMetrics", ["demo", "--source", source, "--requests", "1000000"]);
        await demo.WaitForAsync("what was done"); // the programs are attached, and A asks for minutes
        using KernelTrace trace = KernelTrace.Of(demo.Id);
        Assert.NotEmpty(trace.Programs);
        Assert.NotEmpty(trace.Maps);
        Assert.Equal(source != "packets", trace.Links.Count > 0); // a socket filter has none: it is its socket's
        Assert.Equal(4, trace.Namespaces); // three hosts and their switch

        demo.Send(signal);
        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.DoesNotContain("as expected", output, StringComparison.Ordinal);
        Assert.Equal(signal == Signal.Kill ? "" : "Stopped before the end: the hosts and the program are gone.\n", errors);
        await trace.AssertGoneAsync();
    }
}
