using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EbpfNet.Benchmarks;

/// <summary>
/// Measures a work in a process of its own. Where the code of a process happens to lie may cost a tenth of what takes a nanosecond, however often that process
/// measures: reading a mapped array missed its bound six times in one process, and kept it in four others.
/// </summary>
internal static class FreshProcess
{
    /// <summary>What such a process is started with, before the work's name, the rounds and the CPU. It prints the figures.</summary>
    internal const string Command = "figures";

    /// <summary>Not from a thread that is pinned: the process would take the machine for one of a single CPU.</summary>
    /// <returns><see langword="null"/> where the process failed, and has said why.</returns>
    public static Result? Measure(Comparison work, int rounds, int cpu)
    {
        string[] arguments = [Command, work.Name, rounds.ToString(CultureInfo.InvariantCulture), cpu.ToString(CultureInfo.InvariantCulture)];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        string figures = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? new Result(work, JsonSerializer.Deserialize<Figures>(figures)!) : null;
    }

    /// <summary>That process.</summary>
    public static int Run(string name, int rounds, int cpu)
    {
        Peer.Require(Benchmarks.Measure.PinThread(cpu) == cpu);
        foreach (Comparison work in Catalogue.All(Cpus.Beside(cpu)).Where(work => work.Name == name))
        {
            Console.Write(JsonSerializer.Serialize(Measurement.Run(work, rounds).Figures));
            return 0; // what it takes goes with the loop
        }

        Console.Error.WriteLine($"No work is called '{name}'.");
        return 2;
    }
}
