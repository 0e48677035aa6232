namespace EbpfNet.ExampleTests.GeoIp;

public sealed class GeoIpDemoTests
{
    private static readonly string[] Demo = ["demo"];

    [SkippableFact]
    public async Task The_demo_shows_every_step_as_expected()
    {
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.Start("GeoIp", Demo);

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.Contains("Norway: requests        4                 4", output, StringComparison.Ordinal);
        Assert.Contains("\nAll 17 steps went as expected.\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public Task Ended_in_the_middle_the_demo_leaves_nothing_behind(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        // The namespaces: a server, ten visitors, and their switch.
        return DemoEnding.LeavesNothingBehindAsync("GeoIp", Demo, reached: "nobody was there yet", namespaces: 12, signal, expectedExitCode);
    }
}
