using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using DemoNetwork;
using EbpfNet.Kernel;

namespace EbpfNet.ExampleTests.Tool;

/// <summary>A process that attaches a program in a way that no file descriptor holds, and is then killed (SIGKILL): this assembly started once more, with a variable that says so.</summary>
internal static class KilledOwner
{
    private const string Variable = "EBPFNET_TEST_KILLED_OWNER";

    /// <summary>Starts it, waits until the program is attached, and kills it.</summary>
    /// <param name="hook">Where: <c>xdp</c>, <c>tc</c>, <c>route</c>, <c>netns</c>, <c>cgroup</c>, <c>struct_ops</c>, <c>probe</c>.</param>
    /// <param name="argument">The control group.</param>
    /// <param name="host">The host to be in.</param>
    /// <returns>Its number, and the id of the program or map that stays.</returns>
    internal static (int Process, uint Id) Leave(string hook, string argument = "", NetworkHost? host = null)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(KilledOwner).Assembly.Location])
        {
            Environment = { [Variable] = $"{hook}|{argument}" },
            RedirectStandardOutput = true,
        };
        using Process process = host is null ? Process.Start(start)! : host.StartProcess(start);
        string? id = process.StandardOutput.ReadLine();
        process.Kill();
        process.WaitForExit();
        return (process.Id, uint.Parse(id ?? "", CultureInfo.InvariantCulture));
    }

    /// <summary>Runs before anything else in this assembly; elsewhere than in the child it does nothing.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('|') is not [string hook, string argument])
        {
            return;
        }

        XdpProbes.Links.Override(false);
        TcProbes.Tcx.Override(false);
        NetnsProbes.Links.Override(false);
        PerfEventProbes.UserProbeEvents.Override(false);
        uint id = hook switch
        {
            "xdp" => InspectedMachine.Load("xdp_verdicts").Programs["verdict_pass"].AttachXdp("eth0").Program.Id,
            "tc" => InspectedMachine.Load("test_runs").Programs["change_context"].AttachTc("eth0", TcDirection.Ingress).Program.Id,
            "route" => InspectedMachine.Load("lwt", "dropping").Programs["dropping"].AttachLwt(IPNetwork.Parse("172.30.0.1/32"), "eth0").Program.Id,
            "netns" => InspectedMachine.Load("netns_hooks", "dissect").Programs["dissect"].AttachNetns().Program.Id,
            "cgroup" => InspectedMachine.Load("cgroup_hooks", "skb_egress").Programs["skb_egress"].AttachCgroup(argument, new CgroupAttachOptions { Mode = CgroupAttachMode.Override }).Program.Id,
            "struct_ops" => InspectedMachine.Load("struct_ops").GetStructOps("without_link").AttachStructOps().MapId,
            _ => InspectedMachine.Load("probes", "on_function").Programs["on_function"].AttachUprobe("libc", "setjmp").Program.Id,
        };
        Console.WriteLine(id);
        Thread.Sleep(Timeout.Infinite);
    }
}
