using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EbpfNet.Tool.Check;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet check</c>: would these objects load here, and if not, why.</summary>
internal static class CheckCommand
{
    private const double DefaultTimeout = 60;
    private const double LongestTimeout = int.MaxValue / 1000; // What a timer takes.

    internal static readonly Option<bool> Each = new("--each") { Description = "Also load every program alone, those that are not loaded by default too." };

    internal static readonly Option<string?> KernelBtf = new("--kernel-btf") { Description = "Adapt the programs (CO-RE) to the kernel types in this file instead of the running kernel's.", HelpName = "FILE" };

    internal static Command Create()
    {
        Argument<string[]> objects = new("OBJECT") { Description = "BPF object files.", Arity = ArgumentArity.OneOrMore };
        objects.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
            {
                result.AddError($"there is no option '{option.Value}' (a file of that name is './{option.Value}')");
            }
        });
        Option<bool> json = new("--json") { Description = "One line of JSON for each object." };
        Option<double> timeout = new("--timeout")
        {
            Description = "How long an object may take; then it is given up, and the next one tried.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => DefaultTimeout,
            CustomParser = ParseTimeout,
        };
        Command check = new("check", "Tells whether objects load on this machine, and if not, why. Exit code: 0 all load, 1 some do not, 2 the command is wrong.") { objects, Each, json, KernelBtf, timeout };
        check.SetAction((parsed, cancel) =>
        {
            string? kernelBtf = parsed.GetValue(KernelBtf);
            RequireTypes(kernelBtf);
            TrialRequest[] requests = [.. parsed.GetValue(objects)!.Select(path => new TrialRequest(path, parsed.GetValue(Each), kernelBtf, TimeSpan.FromSeconds(parsed.GetValue(timeout))))];
            return RunAsync(requests, parsed.GetValue(json), cancel);
        });
        return check;
    }

    private static async Task<int> RunAsync(TrialRequest[] requests, bool asJson, CancellationToken cancel)
    {
        List<ObjectReport> reports = [];
        foreach (TrialRequest request in requests)
        {
            ObjectReport report = await TrialProcess.RunAsync(request, cancel);
            reports.Add(report);
            if (asJson)
            {
                await Console.Out.WriteLineAsync(ReportJson.Write(report));
            }
        }

        if (!asJson)
        {
            await Console.Out.WriteAsync(ReportTable.Write(reports));
        }

        return reports.TrueForAll(report => report.Loads) ? CommandLine.Success : CommandLine.Failure;
    }

    private static double ParseTimeout(ArgumentResult result)
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= LongestTimeout)
        {
            return seconds;
        }

        result.AddError($"--timeout takes a number of seconds above 0, and not '{result.Tokens[0].Value}'");
        return DefaultTimeout;
    }

    private static void RequireTypes(string? file)
    {
        try
        {
            _ = file is null ? null : EbpfNet.KernelBtf.ReadFile(file);
        }
        catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--kernel-btf: {e.Message}");
        }
    }
}
