namespace EbpfNet.ExampleTests.XdpDrop;

public sealed class DemoTests
{
    private static readonly string[] Demo = ["demo"];

    [SkippableFact]
    public async Task The_demo_shows_every_step_as_expected()
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("XdpDrop", Demo);

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        string[] steps = [.. output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal))];
        Assert.Equal(13, steps.Length);
        Assert.Equal(2, steps.Count(line => line.Contains("A asks B for /b         no answer         no answer", StringComparison.Ordinal)));
        Assert.Contains(steps, line => line.Contains("A asks B for /b by IPv6 no answer         no answer", StringComparison.Ordinal));
        Assert.Contains(steps, line => line.Contains("C asks B for /b         B OK              B OK", StringComparison.Ordinal));
        Assert.Contains(steps, line => line.Contains("rule removed", StringComparison.Ordinal) && line.Contains("B OK              B OK", StringComparison.Ordinal));
        Assert.Contains(steps, line => line.Contains("program detached", StringComparison.Ordinal) && line.Contains("B OK              B OK", StringComparison.Ordinal));
        Assert.EndsWith("All 13 steps went as expected.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Interrupt, 1)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public Task Ended_in_the_middle_the_demo_leaves_nothing_behind(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        // Next, it waits for an answer that does not come. The namespaces: three hosts and their switch.
        return DemoEnding.LeavesNothingBehindAsync("XdpDrop", Demo, reached: "rule removed", namespaces: 4, signal, expectedExitCode);
    }
}
