using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.XdpDrop;

public sealed class NativeAotTests
{
    [SkippableFact]
    public async Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
    {
        using NativeAotProgram published = await NativeAotProgram.PublishAsync("examples/XdpDrop");

        await using (ExampleProcess help = ExampleProcess.StartNative(published.Path, "--help"))
        {
            (int exitCode, string output, string errors) = await help.ExitAsync();
            Assert.Equal("", errors);
            Assert.Contains("demo", output, StringComparison.Ordinal);
            Assert.Equal(0, exitCode);
        }

        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.StartNative(published.Path, "demo");
        (int ended, string said, string complaints) = await demo.ExitAsync();
        Assert.Equal("", complaints);
        Assert.EndsWith("All 13 steps went as expected.\n", said, StringComparison.Ordinal);
        Assert.Equal(0, ended);
    }
}
