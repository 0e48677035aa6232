using System.CommandLine;
using System.Net;
using DemoNetwork;
using EbpfNet;
using EbpfNet.Programs;

namespace XdpDrop;

/// <summary><c>demo</c>: shows on a made network what the program does, step by step, and checks each step.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        Command command = new("demo", "Shows it on three made hosts that exist only as long as this process. Needs root; changes nothing on this machine.");
        command.SetAction((_, stop) => RunAsync(stop));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            await using DemoScene scene = DemoScene.Build();
            Console.WriteLine($"""
                Three hosts on one switch, made of network namespaces that go with this process:
                  A  {DemoScene.AddressOfA}  serves {DemoScene.PageOfA}
                  B  {DemoScene.AddressOfB}  serves {DemoScene.PageOfB}, and gets the XDP program on its interface {DemoScene.InterfaceName}
                  C  {DemoScene.AddressOfC}

                """);
            StepReport report = StepReport.ToConsole();
            await ShowAsync(scene, report, stop);
            return report.AllAsExpected ? CommandLine.Success : CommandLine.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }
    }

    private static async Task ShowAsync(DemoScene scene, StepReport report, CancellationToken stop)
    {
        (NetworkHost a, NetworkHost b, NetworkHost c) = (scene.A, scene.B, scene.C);
        IPNetwork addressOfA = new(DemoScene.AddressOfA, 32);
        report.Heading();
        report.Step("nothing yet", "A asks B for /b", "B OK", await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));
        report.Step("", "B asks A for /a", "A OK", await DemoScene.AskAsync(b, DemoScene.PageOfA, stop));

        using XdpDropProgram program = XdpDropProgram.Load();
        XdpLink link = b.Run(() => program.Attach(DemoScene.InterfaceName)); // in host B: names of interfaces belong to a host
        report.Step("program attached to B, no rule yet", "A asks B for /b", "B OK", await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));

        program.Block(addressOfA);
        report.Step("rule added: drop A", "A asks B for /b", DemoScene.NoAnswer, await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));
        report.Step("", "C asks B for /b", "B OK", await DemoScene.AskAsync(c, DemoScene.PageOfB, stop));
        XdpDropCounters dropped = program.ReadCounters(addressOfA);
        report.Step("", "what the rule counted", "some packets", $"{dropped.Packets} packets, {dropped.Bytes} bytes", dropped is { Packets: > 0, Bytes: > 0 });

        program.Unblock(addressOfA);
        report.Step("rule removed", "A asks B for /b", "B OK", await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));

        program.Block(addressOfA);
        report.Step("rule added again", "A asks B for /b", DemoScene.NoAnswer, await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));

        link.Dispose();
        report.Step("program detached, the rule still there", "A asks B for /b", "B OK", await DemoScene.AskAsync(a, DemoScene.PageOfB, stop));
        report.Step("", "B asks A for /a", "A OK", await DemoScene.AskAsync(b, DemoScene.PageOfA, stop));
        report.Summary();
    }
}
