using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>A process that attaches a program and never disposes the link: this assembly started once more, with a variable that says so.</summary>
internal static class NetworkChildProcess
{
    private const string Variable = "EBPFNET_TEST_CHILD";
    private const string Attached = "attached";

    /// <summary>Starts it in a host and waits until the program is attached.</summary>
    /// <param name="hosts">Where.</param>
    /// <param name="hook">Where: <c>xdp</c>, <c>tc</c> or <c>lwt</c>.</param>
    /// <param name="byLink">By link or by netlink.</param>
    /// <param name="stays">Whether it then waits to be ended, or returns.</param>
    public static Process Start(XdpHosts hosts, string hook, bool byLink, bool stays)
    {
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        // Whoever started the tests may have had signals ignored (a shell does so for its background jobs): not so for the process.
        Process process = hosts.Receiver.StartProcess(new ProcessStartInfo("env", ["--default-signal=INT,TERM,HUP,QUIT", dotnet, "exec", typeof(NetworkChildProcess).Assembly.Location])
        {
            Environment = { [Variable] = $"{hook} {(byLink ? "link" : "netlink")} {(stays ? "stays" : "returns")}" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
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

        XdpProbes.Links.Override(order[1] == "link");
        TcProbes.Tcx.Override(order[1] == "link");
        BpfLink _ = order[0] switch
        {
            "xdp" => XdpPrograms.Drop().AttachXdp(XdpHosts.Interface),
            "tc" => BpfObject.Load(TestObjects.ReadOnly("traffic", "drop")).Programs["drop"].AttachTc(XdpHosts.Interface, TcDirection.Ingress),
            _ => BpfObject.Load(TestObjects.ReadOnly("lwt", "dropping")).Programs["dropping"].AttachLwt(IPNetwork.Parse("172.30.0.1/32"), XdpHosts.Interface),
        };
        Console.WriteLine(Attached);
        Console.ReadLine(); // Its parent looks first what is attached.
        if (order[2] == "stays")
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
