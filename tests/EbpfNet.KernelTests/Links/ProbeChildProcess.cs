using System.Diagnostics;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>A process that attaches a program to a probe and never disposes the link: this assembly started once more, with a variable that says so.</summary>
internal static class ProbeChildProcess
{
    private const string Variable = "EBPFNET_TEST_PROBE_CHILD";
    private const string Attached = "attached";

    /// <summary>Starts it and waits until the program is attached; then it waits to be ended, or for a line.</summary>
    /// <param name="hook"><c>tracepoint</c>, <c>uprobe</c> or <c>definition</c>.</param>
    /// <param name="file">The file for a uprobe.</param>
    /// <param name="through">A command that starts it, with its arguments.</param>
    public static Process Start(string hook, string file = "", params string[] through)
    {
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        Process process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM,HUP,QUIT", .. through, dotnet, "exec", typeof(ProbeChildProcess).Assembly.Location])
        {
            Environment = { [Variable] = $"{hook} {file}" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal(Attached, process.StandardOutput.ReadLine());
        return process;
    }

    /// <summary>Runs before anything else in this assembly; elsewhere than in the child it does nothing.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        string[]? order = Environment.GetEnvironmentVariable(Variable)?.Split(' ');
        if (order is null)
        {
            return;
        }

        var counter = new ProbeObject(order[0] == "tracepoint" ? "on_tracepoint" : "on_function", process: 0);
        if (order[0] == "definition")
        {
            PerfEventProbes.UserProbeEvents.Override(false);
        }

        _ = order[0] == "tracepoint" ? counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid") : counter.Program.AttachUprobe(order[1], "first_step");
        Console.WriteLine(Attached);
        Console.ReadLine();
    }
}
