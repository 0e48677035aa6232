namespace EbpfNet.ExampleTests;

/// <summary>What a demo leaves behind that is ended in its middle: nothing.</summary>
internal static class DemoEnding
{
    /// <summary>Starts a demo, ends it by a signal, and looks for what is left of it.</summary>
    /// <param name="example">The example's name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="reached">The demo is held when its output holds this, and then ended.</param>
    /// <param name="namespaces">How many network namespaces it has by then.</param>
    /// <param name="signal">The signal that ends it.</param>
    /// <param name="expectedExitCode">Its exit code.</param>
    /// <param name="meanwhile">What is done before the signal is sent, while the demo goes on.</param>
    internal static async Task LeavesNothingBehindAsync(string example, string[] arguments, string reached, int namespaces, int signal, int expectedExitCode, Func<Task>? meanwhile = null)
    {
        string[] before = InterfacesAndPins();
        await using ExampleProcess demo = await StartHeldAsync(example, arguments, reached);
        using KernelTrace trace = KernelTrace.Of(demo.Id);
        Assert.Single(trace.Programs);
        Assert.NotEmpty(trace.Maps);
        Assert.Equal(namespaces, trace.Namespaces);
        if (meanwhile is not null)
        {
            Task doing = meanwhile(); // begun while it is held: not much is left of a quick demo
            demo.Send(Signal.Continue);
            await doing;
        }

        demo.Send(signal);
        (int exitCode, string output, string errors) = await demo.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.DoesNotContain("as expected", output, StringComparison.Ordinal);
        Assert.Equal(signal == Signal.Kill ? "" : "Stopped before the end: the hosts and the program are gone.\n", errors);
        await trace.AssertGoneAsync();
        Assert.Equal(before, InterfacesAndPins());
    }

    /// <summary>Starts it anew where it was over before it could be held: this process may be late.</summary>
    private static async Task<ExampleProcess> StartHeldAsync(string example, string[] arguments, string reached)
    {
        for (int attempt = 0; attempt < 5; attempt++)
        {
            ExampleProcess demo = ExampleProcess.Start(example, arguments, holdAt: reached);
            try
            {
                await demo.WaitForAsync(reached);
                await Task.Delay(20); // what it wrote before is read
                if (demo.IsHeld && !demo.Output.Contains("as expected", StringComparison.Ordinal))
                {
                    return demo;
                }
            }
            catch
            {
                await demo.DisposeAsync();
                throw;
            }

            await demo.DisposeAsync();
        }

        throw new InvalidOperationException($"The demo of {example} was over five times before it could be held at '{reached}'.");
    }

    private static string[] InterfacesAndPins() =>
        [.. new[] { "/sys/class/net", "/sys/fs/bpf" }.Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries).Order(StringComparer.Ordinal)];
}
