namespace EbpfNet.ExampleTests.TcpProxy;

public sealed class ProxySoakTests
{
    // The contract's size takes minutes: EBPFNET_SOAK=1 runs it.
    private static readonly string[] Size = Environment.GetEnvironmentVariable("EBPFNET_SOAK") is { Length: > 0 } ? [] : ["--connections", "2000", "--megabytes", "200"];

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task Connections_and_bytes_pass_without_an_error(params string[] arguments)
    {
        Requires.Bpf();
        await using ExampleProcess soak = ExampleProcess.Start("TcpProxy", ["soak", .. Size, .. arguments]);
        (int exitCode, string output, string errors) = await soak.ExitAsync(patience: TimeSpan.FromMinutes(10));

        Assert.Equal("", errors);
        Assert.EndsWith("No error.\n", output, StringComparison.Ordinal);
        Assert.Equal(arguments is ["--splice"], output.Contains("of these bytes never came to the process", StringComparison.Ordinal));
        Assert.Equal(0, exitCode);
    }
}
