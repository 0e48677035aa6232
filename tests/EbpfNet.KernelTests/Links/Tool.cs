using System.Diagnostics;
using System.Globalization;

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

    /// <summary>Sends a signal to a process.</summary>
    /// <param name="signal">Its name: <c>TERM</c>.</param>
    /// <param name="processId">The process.</param>
    public static void Signal(string signal, int processId) => Run("kill", string.Create(CultureInfo.InvariantCulture, $"-{signal} {processId}"));

    /// <summary>What a command prints.</summary>
    public static string Read(string tool, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
