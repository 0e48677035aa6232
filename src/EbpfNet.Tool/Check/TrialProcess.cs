using System.Diagnostics;
using System.Globalization;

namespace EbpfNet.Tool.Check;

/// <summary>What to try.</summary>
/// <param name="Path">The object.</param>
/// <param name="Each">Whether to load every program alone, too.</param>
/// <param name="KernelBtf">A file with the types to adapt to.</param>
/// <param name="Timeout">How long it may take.</param>
internal sealed record TrialRequest(string Path, bool Each, string? KernelBtf, TimeSpan Timeout);

/// <summary>Tries an object in a process of its own: this program, started once more. Whatever happens to it is that object's result.</summary>
internal static class TrialProcess
{
    private const int LongestComplaint = 2000;

    internal static async Task<ObjectReport> RunAsync(TrialRequest request, CancellationToken cancel)
    {
        ObjectReport report = new(request.Path);
        using Process process = Process.Start(StartInfo(request)) ?? throw new UsageException("this program could not start itself.");
        Task<string> complaint = ReadEndAsync(process.StandardError);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        end.CancelAfter(request.Timeout);
        string verdict = Verdict.Crash;
        string reason;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(end.Token) is { } line)
            {
                if (TrialStep.TryRead(line) is { } step)
                {
                    report.Add(step);
                }
            }

            await process.WaitForExitAsync(end.Token);
            reason = $"A defect of ebpfnet: the process that tried it ended with code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}. {await complaint}".TrimEnd();
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            cancel.ThrowIfCancellationRequested();
            verdict = Verdict.Timeout;
            reason = $"It was given up after {request.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds; --timeout gives more.";
        }

        report.Complete(verdict, reason, request.Each);
        return report;
    }

    private static ProcessStartInfo StartInfo(TrialRequest request)
    {
        string self = Environment.ProcessPath ?? throw new UsageException("this program does not know its own path.");
        ProcessStartInfo start = new(self)
        {
            RedirectStandardInput = true, // Its end tells the child that this process is gone.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // 'dotnet EbpfNet.Tool.dll', as the SDK runs it.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "EbpfNet.Tool.dll"));
        }

        start.ArgumentList.Add(TrialCommand.Name);
        if (request.Each)
        {
            start.ArgumentList.Add(CheckCommand.Each.Name);
        }

        if (request.KernelBtf is not null)
        {
            start.ArgumentList.Add(CheckCommand.KernelBtf.Name);
            start.ArgumentList.Add(request.KernelBtf);
        }

        start.ArgumentList.Add("--");
        start.ArgumentList.Add(request.Path);
        return start;
    }

    private static async Task<string> ReadEndAsync(StreamReader reader)
    {
        string text = (await reader.ReadToEndAsync()).Trim();
        return text.Length <= LongestComplaint ? text : text[..LongestComplaint];
    }
}
