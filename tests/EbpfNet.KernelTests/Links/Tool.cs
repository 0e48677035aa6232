using System.Diagnostics;

namespace EbpfNet.KernelTests.Links;

/// <summary>Runs a command of the system, in the network namespace of the calling thread.</summary>
internal static class Tool
{
    public static void Run(string tool, string arguments)
    {
        using var process = Process.Start(tool, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
