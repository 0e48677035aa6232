using System.CommandLine;
using System.Globalization;
using ExampleHost;

namespace HttpMetrics;

/// <summary><c>cost</c>: what the demo's server does with and without being looked at.</summary>
internal static class CostCommand
{
    private const double Hundred = 100_000; // requests

    internal static Command Create()
    {
        Option<int> requests = DemoCommand.PositiveNumber("--requests", "How many requests a round has.", 100_000);
        Option<int> connections = DemoCommand.PositiveNumber("--connections", "Over how many connections at a time.", 64);
        Option<int> rounds = DemoCommand.PositiveNumber("--rounds", "How often each way is measured, in turns.", 5);
        Option<string?> inside = new("--inside") { Hidden = true };
        Command command = new("cost", "Measures on two made hosts what the looking costs: requests per second, latency and CPU time of the demo's server, without delays and at work all the time, with and without. Needs root.") { requests, connections, rounds, inside };
        command.SetAction((arguments, stop) => arguments.GetValue(inside) is { } part
            ? CostScene.RunPartAsync(part, stop)
            : RunAsync(arguments.GetValue(requests), arguments.GetValue(connections), arguments.GetValue(rounds), stop));
        return command;
    }

    private static async Task<int> RunAsync(int requests, int connections, int rounds, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        try
        {
            await using CostScene scene = new();
            await scene.MeasureAsync(null, requests, connections, isTimed: false, stop); // the compiler's time is not to be measured
            (string Name, MeterSource? Source, List<CostRound> Rounds)[] ways = [("nobody looks", null, []), ("packets", MeterSource.Packets, []), ("syscalls", MeterSource.Syscalls, []), ("tracepoints", MeterSource.SyscallTracepoints, [])];
            for (int round = 0; round < rounds; round++)
            {
                foreach ((_, MeterSource? source, List<CostRound> measured) in ways)
                {
                    measured.Add(await scene.MeasureAsync(source, requests, connections, isTimed: false, stop));
                }
            }

            List<string[]> cells = [["", "requests/s", "", "p50 ms", "p99 ms", "server s", "client s", "all s", "in programs", "runs", "served", "counted", "missed"]];
            foreach ((string name, MeterSource? source, List<CostRound> measured) in ways)
            {
                // One more, in which the kernel looks at its watch at each run of a program.
                CostRound? timed = source is null ? null : await scene.MeasureAsync(source, requests, connections, isTimed: true, stop);
                long served = measured.Sum(round => round.Served), counted = measured.Sum(round => round.Counted);
                cells.Add([
                    name,
                    TextTable.Whole(Median(measured, round => round.PerSecond)),
                    // Each round beside the one before it in which nobody looked.
                    $"{Decimal(100 * Median(measured.Zip(ways[0].Rounds, (with, without) => with.PerSecond / without.PerSecond), ratio => ratio), 1)} %",
                    Decimal(Median(measured, round => round.MedianLatency.TotalMilliseconds), 2),
                    Decimal(Median(measured, round => round.HighLatency.TotalMilliseconds), 2),
                    Decimal(Median(measured, round => round.ServerCpu.TotalSeconds / requests * Hundred), 2),
                    Decimal(Median(measured, round => round.ClientCpu.TotalSeconds / requests * Hundred), 2),
                    Decimal(Median(measured, round => round.AllCpu.TotalSeconds / requests * Hundred), 2),
                    timed is null ? "" : $"{Decimal(timed.Programs.RunTime.TotalSeconds / requests * Hundred, 2)} s",
                    timed is null ? "" : Decimal((double)timed.Programs.RunCount / requests, 1),
                    TextTable.Whole(served),
                    source is null ? "" : TextTable.Whole(counted),
                    source is null ? "" : TextTable.Whole(served - counted),
                ]);
            }

            foreach (string line in TextTable.Align(cells, [12, 10, 7, 6, 6, 8, 8, 6, 11, 5, 9, 9, 6]))
            {
                Console.WriteLine(line);
            }

            return CommandLine.Success;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }
    }

    private static string Decimal(double number, int places) => number.ToString(string.Create(CultureInfo.InvariantCulture, $"F{places}"), CultureInfo.InvariantCulture);

    private static double Median<T>(IEnumerable<T> rounds, Func<T, double> value)
    {
        double[] sorted = [.. rounds.Select(value).Order()];
        return sorted[sorted.Length / 2];
    }
}
