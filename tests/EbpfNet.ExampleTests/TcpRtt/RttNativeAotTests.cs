using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.TcpRtt;

public sealed class RttNativeAotTests
{
    [SkippableFact]
    public async Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
    {
        using NativeAotProgram published = await NativeAotProgram.PublishAsync("examples/TcpRtt");

        await using (ExampleProcess help = ExampleProcess.StartNative(published.Path, "run", "--help"))
        {
            (int exitCode, string output, string errors) = await help.ExitAsync();
            Assert.Equal("", errors);
            Assert.All(["--address", "--either", "--all", "--json", "--listen", "--buffer"], option => Assert.Contains(option, output, StringComparison.Ordinal));
            Assert.Equal(0, exitCode);
        }

        Requires.Bpf();
        await using ExampleProcess demo = ExampleProcess.StartNative(published.Path, "demo", "--listen", $"127.0.0.1:{WatchedHost.FreePort()}");
        (int ended, string said, string complaints) = await demo.ExitAsync();
        Assert.Equal("", complaints);
        Assert.EndsWith("All 11 steps went as expected.\n", said, StringComparison.Ordinal);
        Assert.Equal(0, ended);
    }
}
