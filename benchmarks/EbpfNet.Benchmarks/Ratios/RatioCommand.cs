using System.Diagnostics;

namespace EbpfNet.Benchmarks;

/// <summary>
/// <c>ratios</c>: C and EbpfNet in alternation, and the table of their ratios. With <c>--check</c> the exit code is 1 when a bound does not hold, or when
/// such work allocated anything; <c>--attempts</c> lets a row that missed its bound be measured again, alone in a new process.
/// </summary>
internal static class RatioCommand
{
    private const string Usage = "Usage: benchmarks/run.sh ratios [--filter TEXT[,TEXT...]] [--bounded] [--rounds N] [--attempts N] [--write FILE] [--check]";

    public static int Run(ReadOnlySpan<string> arguments)
    {
        int rounds = 41, attempts = 1;
        bool check = false, isBounded = false;
        string? file = null;
        string[] filter = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is "--check" or "--bounded")
            {
                check |= arguments[i] == "--check";
                isBounded |= arguments[i] == "--bounded";
                continue;
            }

            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            bool understood = arguments[i] switch
            {
                "--rounds" => int.TryParse(value, out rounds) && rounds > 0,
                "--attempts" => int.TryParse(value, out attempts) && attempts > 0,
                "--filter" => (filter = value?.Split(',') ?? []).Length != 0,
                "--write" => (file = value) is not null,
                _ => false,
            };
            if (!understood)
            {
                Console.Error.WriteLine(Usage);
                return 2;
            }

            i++;
        }

        (List<Result> results, int cpu) = MeasureAll(work => (!isBounded || work.Bound is not null) && (filter.Length == 0 || filter.Any(part => work.Name.Contains(part, StringComparison.OrdinalIgnoreCase))), rounds);
        if (results.Count == 0)
        {
            Console.Error.WriteLine("No work has such a name.");
            return 2;
        }

        for (; attempts > 1 && results.Exists(result => !result.Holds); attempts--)
        {
            results = [.. results.Select(result => result.Holds ? result : Told(() => FreshProcess.Measure(result.Work, rounds, cpu) ?? result))];
        }

        string table = ResultTable.Write(results, rounds, cpu);
        Console.Write(table);
        if (file is not null)
        {
            ResultTable.Save(file, table);
        }

        bool isMissed = check && Peer.Libbpf is null;
        if (isMissed)
        {
            Console.Error.WriteLine("The bounds are against libbpf, which is not built: benchmarks/build-native.sh says why.");
        }

        foreach (Result result in results.Where(result => check && !result.Holds))
        {
            isMissed = true;
            Console.Error.WriteLine($"{result.Work.Name}: the bound does not hold.");
        }

        return isMissed ? 1 : 0;
    }

    /// <summary>On a thread of its own, which stays on one CPU: the main thread starts processes, which need all.</summary>
    private static (List<Result> Results, int Cpu) MeasureAll(Predicate<Comparison> isWanted, int rounds)
    {
        List<Result> results = [];
        int cpu = -1;
        Thread measuring = new(() =>
        {
            cpu = Measure.PinThread(-1);
            foreach (Comparison work in Catalogue.All(Cpus.Beside(cpu)))
            {
                if (isWanted(work))
                {
                    results.Add(Told(() => Measurement.Run(work, rounds)));
                }
            }
        });
        measuring.Start();
        measuring.Join();
        return (results, cpu);
    }

    private static Result Told(Func<Result> measure)
    {
        long start = Stopwatch.GetTimestamp();
        Result result = measure();
        Console.Error.WriteLine($"{result.Work.Name}: {result.Figures.ToLibbpf ?? result.Figures.ToRaw}{(result.Holds ? "" : ", missed")}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        return result;
    }
}
