using System.Globalization;
using System.Text;
using EbpfNet.Abi;

namespace EbpfNet.Benchmarks;

/// <summary>
/// <c>ratios [--rounds N] [--operations N] [--write FILE] [--check]</c>: C and EbpfNet in alternation on one CPU. Machines drift, so that only the
/// ratio within a round says anything: the table shows the median of the rounds' ratios and its 95% interval. With <c>--check</c> the exit code is 1
/// when an interval lies wholly above the bound that the work has to keep, or when such work allocated anything.
/// </summary>
internal static class RatioCommand
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int rounds = 41, operations = 20_000;
        bool check = false;
        string? file = null;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (arguments[i] == "--check")
            {
                check = true;
                i--;
                continue;
            }

            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            bool understood = arguments[i] switch
            {
                "--rounds" => int.TryParse(value, out rounds) && rounds > 0,
                "--operations" => int.TryParse(value, out operations) && operations > 0,
                "--write" => (file = value) is not null,
                _ => false,
            };
            if (!understood)
            {
                Console.Error.WriteLine("Usage: benchmarks/run.sh ratios [--rounds N] [--operations N] [--write FILE] [--check]");
                return 2;
            }
        }

        int cpu = RawBpf.PinThread();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"CPU time per operation, {rounds} alternating rounds of {operations} operations each on CPU {cpu}; {Environment.OSVersion.VersionString}, .NET {Environment.Version}.");
        text.AppendLine();
        text.AppendLine("| work | C, bare `bpf()` | EbpfNet | ratio (median) | 95% interval | allocated, bytes |");
        text.AppendLine("|---|---:|---:|---:|---:|---:|");
        var results = new List<Result>();
        foreach (BpfMapType type in (BpfMapType[])[BpfMapType.Hash, BpfMapType.Array])
        {
            using var work = new MapWork(type);
            results.Add(Measure($"{type} lookup", work.LookupInC, work.Lookup, rounds, operations, bound: 1.10));
            results.Add(Measure($"{type} update", work.UpdateInC, work.Update, rounds, operations, bound: 1.10));
        }

        foreach ((string program, int words, string size, double pipe) in ((string, int, string, double)[])[("fixed", 1, "64 bytes", 8), ("large", 256, "2 KiB, all read", 1.5)])
        {
            using var work = new RingWork(program, words);
            int records = Math.Max(operations, 10 * work.Records);
            results.Add(Measure($"ring buffer, {size}: struct handler", work.ConsumeInC, work.Consume, rounds, records, bound: words == 1 ? 1.00 : null));
            results.Add(Measure($"ring buffer, {size}: delegate", work.ConsumeInC, work.ConsumeByDelegate, rounds, records));
            results.Add(Measure($"ring buffer, {size}: pipe", work.ConsumeInC, work.ConsumeByPipe, rounds, records, bound: pipe, RingWork.BytesOfPass / work.Records));
            results.Add(Measure($"ring buffer, {size}: await foreach", work.ConsumeInC, work.Enumerate, rounds, records, bound: 10, RingWork.BytesOfPass / work.Records));
        }

        using (var latency = new RingLatency())
        {
            results.Add(Compare("ring buffer, submit to handler: Wait", latency.InC, latency.ByWait, rounds, bound: 1.10));
            results.Add(Compare("ring buffer, submit to handler: WaitAsync", latency.InC, latency.ByWaitAsync, rounds));
        }

        foreach (Result result in results)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {result.Work} | {Show(result.InC)} ns | {Show(result.InEbpfNet)} ns | **{result.Ratio:F3}** | {result.Low:F3}–{result.High:F3} | {result.Allocated:0.###} |");
        }

        Console.Write(text);
        if (file is not null)
        {
            File.WriteAllText(file, text.ToString());
        }

        bool tooSlow = false;
        foreach (Result result in results.Where(result => check && (result.Low > result.Bound || (result.Bound is not null && result.Allocated > result.MayAllocate))))
        {
            tooSlow = true;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Work}: it has to cost at most {result.Bound:F2} times what C costs, and to allocate at most {result.MayAllocate:0.###} bytes."));
        }

        return tooSlow ? 1 : 0;
    }

    private static Result Measure(string name, Action<int> inC, Action<int> inEbpfNet, int rounds, int operations, double? bound = null, double mayAllocate = 0)
    {
        for (int i = 0; i < 5; i++)
        {
            inC(operations);
            inEbpfNet(operations);
            Thread.Sleep(50); // Lets the JIT's background thread finish its better version.
        }

        long allocated = 0;
        Result result = Compare(name, () => Time(inC, operations, out _), TimeEbpfNet, rounds, bound);
        return result with { Allocated = (double)allocated / ((long)rounds * operations), MayAllocate = mayAllocate };

        double TimeEbpfNet()
        {
            double time = Time(inEbpfNet, operations, out long bytes);
            allocated += bytes;
            return time;
        }
    }

    /// <summary>A row of the table, without what is allocated. Both sides tell the nanoseconds of one operation.</summary>
    private static Result Compare(string name, Func<double> inC, Func<double> inEbpfNet, int rounds, double? bound = null)
    {
        double[] c = new double[rounds], net = new double[rounds], ratios = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            // The one that goes first changes with every round: neither always finds the warmer cache.
            if (i % 2 == 0)
            {
                c[i] = inC();
                net[i] = inEbpfNet();
            }
            else
            {
                net[i] = inEbpfNet();
                c[i] = inC();
            }

            ratios[i] = net[i] / c[i];
        }

        (double low, double high) = MedianInterval(ratios);
        return new Result(name, Median(c), Median(net), Median(ratios), low, high, Allocated: null, bound);
    }

    private static string Show(double nanoseconds) => nanoseconds.ToString(nanoseconds < 100 ? "G3" : "F0", CultureInfo.InvariantCulture);

    private static double Time(Action<int> work, int operations, out long allocated)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = RawBpf.ThreadTime();
        work(operations);
        long end = RawBpf.ThreadTime();
        allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
        return (double)(end - start) / operations;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The order statistics that hold the median with 95% (normal approximation of the binomial).</summary>
    private static (double Low, double High) MedianInterval(double[] values)
    {
        double[] sorted = [.. values.Order()];
        double spread = 1.96 * Math.Sqrt(sorted.Length) / 2;
        int low = Math.Max(0, (int)Math.Floor(sorted.Length / 2.0 - spread));
        int high = Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length / 2.0 + spread));
        return (sorted[low], sorted[high]);
    }

    /// <param name="Work">What was done.</param>
    /// <param name="InC">Nanoseconds per operation in C.</param>
    /// <param name="InEbpfNet">Nanoseconds per operation in EbpfNet.</param>
    /// <param name="Ratio">The median of the rounds' ratios.</param>
    /// <param name="Low">The lower end of its 95% interval.</param>
    /// <param name="High">The upper end.</param>
    /// <param name="Allocated">Managed bytes per operation, where that is measured.</param>
    /// <param name="Bound">The ratio that the work has to keep, if there is one.</param>
    private sealed record Result(string Work, double InC, double InEbpfNet, double Ratio, double Low, double High, double? Allocated, double? Bound)
    {
        /// <summary>What the work may allocate per operation: a pipe is opened for many records, for example.</summary>
        public double MayAllocate { get; init; }
    }
}
