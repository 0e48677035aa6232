using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using EbpfNet.Benchmarks;

if (!Peer.IsBuilt)
{
    Console.Error.WriteLine("The C side is not built: start the benchmarks with benchmarks/run.sh.");
    return 1;
}

if (args is ["ratios", ..])
{
    return RatioCommand.Run(args.AsSpan(1));
}

if (args is [FreshProcess.Command, var work, var rounds, var cpu])
{
    return FreshProcess.Run(work, int.Parse(rounds, CultureInfo.InvariantCulture), int.Parse(cpu, CultureInfo.InvariantCulture));
}

IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Peer).Assembly).Run(args);
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
