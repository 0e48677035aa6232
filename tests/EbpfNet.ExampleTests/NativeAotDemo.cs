using EbpfNet.Tests;

namespace EbpfNet.ExampleTests;

/// <summary>An example that is published with NativeAOT.</summary>
internal static class NativeAotDemo
{
    /// <summary>Publishes it without a warning, asks it for help, and lets it show its demo to the end.</summary>
    /// <param name="example">Its name.</param>
    /// <param name="steps">How many steps its demo has.</param>
    /// <param name="demo">The demo's arguments.</param>
    /// <param name="help">What is asked for help.</param>
    /// <param name="inHelp">What the help has to name.</param>
    internal static async Task ShowsItsHelpAndItsDemoAsync(string example, int steps, string[]? demo = null, string[]? help = null, string[]? inHelp = null)
    {
        using NativeAotProgram published = await NativeAotProgram.PublishAsync($"examples/{example}");

        await using (ExampleProcess helping = ExampleProcess.StartNative(published.Path, [.. help ?? [], "--help"]))
        {
            (int exitCode, string output, string errors) = await helping.ExitAsync();
            Assert.Equal("", errors);
            Assert.All(inHelp ?? ["demo"], word => Assert.Contains(word, output, StringComparison.Ordinal));
            Assert.Equal(0, exitCode);
        }

        Requires.Bpf();
        await using ExampleProcess showing = ExampleProcess.StartNative(published.Path, ["demo", .. demo ?? []]);
        (int ended, string said, string complaints) = await showing.ExitAsync();
        Assert.Equal("", complaints);
        Assert.EndsWith($"\nAll {steps} steps went as expected.\n", said, StringComparison.Ordinal);
        Assert.Equal(0, ended);
    }
}
