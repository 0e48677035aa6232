using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.GeoIp;

public sealed class NativeAotTests
{
    [SkippableFact]
    public async Task Published_with_NativeAOT_without_a_warning_it_shows_its_demo()
    {
        using NativeAotProgram published = await NativeAotProgram.PublishAsync("examples/GeoIp");
        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.StartNative(published.Path, "demo");

        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal("", errors);
        Assert.Contains("steps went as expected.", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }
}
