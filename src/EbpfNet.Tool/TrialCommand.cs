using System.CommandLine;
using EbpfNet.Kernel;
using EbpfNet.Tool.Check;

namespace EbpfNet.Tool;

/// <summary>The command that <c>ebpfnet check</c> starts itself with, once for each object. Not for people: it is not in the help.</summary>
internal static class TrialCommand
{
    internal const string Name = "try-object";

    internal static Command Create()
    {
        Argument<string> path = new("OBJECT");
        Command trial = new(Name) { path, CheckCommand.Each, CheckCommand.KernelBtf };
        trial.Hidden = true;
        trial.SetAction(parsed =>
        {
            EndWithParent();
            Run(parsed.GetValue(path)!, parsed.GetValue(CheckCommand.Each), parsed.GetValue(CheckCommand.KernelBtf));
            return CommandLine.Success;
        });
        return trial;
    }

    private static void Run(string path, bool each, string? kernelBtf)
    {
        // A namespace belongs to a thread: this one ends with it.
        Thread thread = new(() =>
        {
            using Stream output = Console.OpenStandardOutput();
            bool isAlone = PrivateMounts.TryEnter();
            new ObjectTrial(path, kernelBtf, isAlone, step => TrialStep.Write(output, step)).Run(each);
        });
        thread.Start();
        thread.Join();
    }

    /// <summary>Nothing is ever written to the standard input: its end is the parent's.</summary>
    private static void EndWithParent()
    {
        Thread watch = new(() =>
        {
            using Stream input = Console.OpenStandardInput();
            _ = input.ReadByte();
            Environment.Exit(CommandLine.Failure);
        })
        {
            IsBackground = true,
        };
        watch.Start();
    }
}
