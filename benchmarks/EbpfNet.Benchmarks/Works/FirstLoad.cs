using System.Diagnostics;
using System.Globalization;

namespace EbpfNet.Benchmarks;

/// <summary>Opening and loading an object as the first thing that a process does: a process for each measurement, which tells what it has paid itself.</summary>
internal static class FirstLoad
{
    private static readonly string Ours = Path.Combine(AppContext.BaseDirectory, "aot", "EbpfNet.FirstLoad");
    private static readonly string Libbpfs = Path.Combine(AppContext.BaseDirectory, "first_load");

    /// <summary>Whether the programs are there; libbpf's is where its peer is.</summary>
    public static bool IsBuilt => File.Exists(Ours);

    public static Sample Run(Peer? peer)
    {
        var start = new ProcessStartInfo(peer is null ? Ours : Libbpfs, [Objects.PathOf(LoadWork.CoreMany)]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!; // On the CPU of this thread, as all that it starts.
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && output.Split(' ') is [string nanoseconds, string bytes]
            ? new Sample(double.Parse(nanoseconds, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{start.FileName} ended with exit code {process.ExitCode} and said: {output}");
    }
}
