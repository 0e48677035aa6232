using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>A process that attaches a program and never disposes the link: this assembly started once more, with a variable that says so.</summary>
internal static class NetworkChildProcess
{
    private const string Variable = "EBPFNET_TEST_CHILD";
    private const string Attached = "attached";
    private const string Reloads = "reloads";

    /// <summary>What one that reloads writes when it has.</summary>
    public const string Reloaded = "reloaded";

    /// <summary>Starts it in a host and waits until the program is attached.</summary>
    /// <param name="hosts">Where.</param>
    /// <param name="hook">Where: <c>xdp</c>, <c>tc</c>, <c>lwt</c>, <c>netns</c>, <c>struct_ops</c>, or the folder of a control group.</param>
    /// <param name="byLink">By link or by netlink.</param>
    /// <param name="end">What it then does: <c>stays</c> until it is ended, <c>returns</c>, <c>throws</c> on a thread of its own, or <c>reloads</c> on SIGHUP, as its handler says that it registered first of all.</param>
    /// <param name="ignored">A signal that whoever starts it has ignored, as <c>nohup</c> does; <see langword="null"/> for none.</param>
    public static Process Start(XdpHosts hosts, string hook, bool byLink, string end = "stays", string? ignored = null)
    {
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        // Whoever started the tests may have had signals ignored (a shell does so for its background jobs): not so for the process.
        string[] signals = ["--default-signal=INT,TERM,HUP,QUIT", .. ignored is null ? (string[])[] : [$"--ignore-signal={ignored}"]];
        Process process = hosts.Receiver.StartProcess(new ProcessStartInfo("env", [.. signals, dotnet, "exec", typeof(NetworkChildProcess).Assembly.Location])
        {
            Environment = { [Variable] = $"{hook} {(byLink ? "link" : "netlink")} {end}" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = end == "throws",
        });
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

        if (order[2] == Reloads)
        {
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                Console.WriteLine(Reloaded);
            });
        }

        Attach(order[0], order[1] == "link");
        Console.WriteLine(Attached);
        Console.ReadLine(); // Its parent looks first what is attached.
        switch (order[2])
        {
            case "throws":
                new Thread(static () => throw new InvalidOperationException("as a test says")).Start();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "stays" or Reloads:
                Thread.Sleep(Timeout.Infinite);
                break;
        }
    }

    /// <summary>The library is first used here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attach(string hook, bool byLink)
    {
        XdpProbes.Links.Override(byLink);
        TcProbes.Tcx.Override(byLink);
        NetnsProbes.Links.Override(byLink);
        CgroupProbes.Links.Override(byLink);
        BpfLink _ = hook switch
        {
            "xdp" => XdpPrograms.Drop().AttachXdp(XdpHosts.Interface),
            "tc" => BpfObject.Load(TestObjects.ReadOnly("traffic", "drop")).Programs["drop"].AttachTc(XdpHosts.Interface, TcDirection.Ingress),
            "netns" => BpfObject.Load(TestObjects.ReadOnly("netns_hooks", "dissect")).Programs["dissect"].AttachNetns(),
            "struct_ops" => BpfObject.Load(TestObjects.Read("struct_ops")).GetStructOps("without_link").AttachStructOps(),
            ['/', ..] => BpfObject.Load(TestObjects.ReadOnly("cgroup_hooks", "connect4")).Programs["connect4"].AttachCgroup(hook),
            _ => BpfObject.Load(TestObjects.ReadOnly("lwt", "dropping")).Programs["dropping"].AttachLwt(IPNetwork.Parse("172.30.0.1/32"), XdpHosts.Interface),
        };
    }
}
