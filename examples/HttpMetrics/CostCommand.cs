using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EbpfNet;
using ExampleHost;

namespace HttpMetrics;

/// <summary><c>cost</c>: what the demo's server does with and without being looked at.</summary>
internal static class CostCommand
{
    internal static Command Create()
    {
        Option<int> requests = DemoCommand.PositiveNumber("--requests", "How many requests a round has.", 40_000);
        Option<int> connections = DemoCommand.PositiveNumber("--connections", "Over how many connections at a time.", 256);
        Option<int> rounds = DemoCommand.PositiveNumber("--rounds", "How often each way is measured, in turns.", 5);
        Command command = new("cost", "Measures on made hosts what the looking costs: requests per second, latency and CPU time of the demo's server and client, with and without. Needs root.") { requests, connections, rounds };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(requests), arguments.GetValue(connections), arguments.GetValue(rounds), stop));
        return command;
    }

    private static async Task<int> RunAsync(int requests, int connections, int rounds, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        try
        {
            await using DemoScene scene = await DemoScene.BuildAsync();
            DemoClient client = new(scene.A, scene.First.Address);
            await client.AskAsync(requests, connections, stop); // the compiler's time is not to be measured
            (string Name, MeterSource? Source, List<Round> Rounds)[] ways = [("nobody looks", null, []), ("packets", MeterSource.Packets, []), ("syscalls", MeterSource.Syscalls, [])];
            for (int round = 0; round < rounds; round++)
            {
                foreach ((_, MeterSource? source, List<Round> measured) in ways)
                {
                    measured.Add(await MeasureAsync(scene, client, source, requests, connections, stop));
                }
            }

            Round without = Median(ways[0].Rounds);
            List<string[]> cells = [["", "requests/s", "", "latency ms", "CPU µs/request", "in programs", "runs", "counted", "missed"]];
            foreach ((string name, MeterSource? source, List<Round> measured) in ways)
            {
                Round median = Median(measured);
                long counted = measured.Sum(round => round.Counted);
                cells.Add([
                    name,
                    TextTable.Whole(median.PerSecond),
                    string.Create(CultureInfo.InvariantCulture, $"{100 * median.PerSecond / without.PerSecond:F1} %"),
                    median.Latency.ToString("F2", CultureInfo.InvariantCulture),
                    Decimal(median.Cpu),
                    .. source is { } where ? await InspectAsync(where) : ["", ""],
                    source is null ? "" : TextTable.Whole(counted),
                    source is null ? "" : TextTable.Whole(((long)requests * rounds) - counted),
                ]);
            }

            foreach (string line in TextTable.Align(cells, [12, 10, 7, 10, 14, 11, 6, 10, 6]))
            {
                Console.WriteLine(line);
            }

            return CommandLine.Success;

            // One more round, in which the kernel looks at its watch at each run of a program: microseconds and runs for each request.
            async Task<string[]> InspectAsync(MeterSource source)
            {
                using BpfStats stats = BpfStats.Enable();
                using HttpMeter meter = scene.StartMeter(source);
                await client.AskAsync(requests, connections, stop);
                BpfProgramStats ran = meter.ReadStats();
                return [Decimal(ran.RunTime.TotalMicroseconds / requests), Decimal((double)ran.RunCount / requests)];
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }
    }

    private static async Task<Round> MeasureAsync(DemoScene scene, DemoClient client, MeterSource? source, int requests, int connections, CancellationToken stop)
    {
        using HttpMeter? meter = source is { } where ? scene.StartMeter(where) : null;
        using Process self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        (TimeSpan duration, TimeSpan average) = await client.AskAsync(requests, connections, stop);
        self.Refresh();
        TimeSpan used = self.TotalProcessorTime - before;
        await Task.Delay(200, stop); // the last responses are counted a moment after the client has them
        return new Round(requests / duration.TotalSeconds, average.TotalMilliseconds, used.TotalMicroseconds / requests, meter is null ? 0 : (long)meter.Read().For(DemoScene.FirstPort).Latencies);
    }

    private static string Decimal(double number) => number.ToString("F1", CultureInfo.InvariantCulture);

    private static Round Median(List<Round> rounds) => rounds.OrderBy(round => round.PerSecond).ElementAt(rounds.Count / 2);

    private sealed record Round(double PerSecond, double Latency, double Cpu, long Counted);
}
