using System.CommandLine;
using System.Net;
using DemoNetwork;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using static EbpfNet.Programs.XdpDropProgram;

namespace XdpDrop;

/// <summary><c>demo</c>: shows on a made network what the program does, step by step, and checks each step.</summary>
internal static class DemoCommand
{
    private static readonly IPNetwork IPv6AddressesOfAll = IPNetwork.Parse("fd00:20::/64");

    internal static Command Create()
    {
        Command command = new("demo", "Shows it on three made hosts that exist only as long as this process. Needs root; changes nothing on this machine.");
        command.SetAction((_, stop) => RunAsync(stop));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        try
        {
            await using DemoScene scene = DemoScene.Build();
            Console.WriteLine($"""
                Three hosts on one switch, made of network namespaces that go with this process:
                  A  {DemoScene.AddressOfA}  {DemoScene.IPv6AddressOfA}  serves {scene.PageOfA.Address}
                  B  {DemoScene.AddressOfB}  {DemoScene.IPv6AddressOfB}  serves {scene.PageOfB.Address}, and gets the XDP program on its interface {DemoScene.InterfaceName}
                  C  {DemoScene.AddressOfC}  {DemoScene.IPv6AddressOfC}

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
        IPNetwork addressOfA = new(DemoScene.AddressOfA, 32);
        report.Heading();
        await AskAsync("nothing yet", scene.A, scene.PageOfB, "B OK");
        await AskAsync("", scene.B, scene.PageOfA, "A OK");

        using XdpDropProgram program = XdpDropProgram.Load();
        using XdpLink link = scene.B.Run(() => program.Attach(DemoScene.InterfaceName)); // inside host B: names of interfaces belong to a host
        await AskAsync("program attached to B, no rule yet", scene.A, scene.PageOfB, "B OK");

        await AskAsync("", scene.A, scene.IPv6PageOfB, "B OK");

        program.Block(addressOfA);
        await AskAsync("rule added: drop A", scene.A, scene.PageOfB, DemoPage.NoAnswer);
        await AskAsync("", scene.C, scene.PageOfB, "B OK");
        XdpDropCounters dropped = program.ReadCounters(addressOfA);
        report.Step("", "what the rule counted", "some packets", $"{dropped.Packets} packet{(dropped.Packets == 1 ? "" : "s")}, {dropped.Bytes} bytes", dropped is { Packets: > 0, Bytes: > 0 });

        program.Unblock(addressOfA);
        await AskAsync("rule removed", scene.A, scene.PageOfB, "B OK");

        program.Block(IPv6AddressesOfAll);
        await AskAsync($"rule added: drop {IPv6AddressesOfAll}", scene.A, scene.IPv6PageOfB, DemoPage.NoAnswer);
        await AskAsync("", scene.A, scene.PageOfB, "B OK");

        program.Block(addressOfA);
        await AskAsync("rule added again: drop A", scene.A, scene.PageOfB, DemoPage.NoAnswer);

        link.Dispose();
        await AskAsync("program detached, the rules still there", scene.A, scene.PageOfB, "B OK");
        await AskAsync("", scene.B, scene.PageOfA, "A OK");
        report.Summary();

        async Task AskAsync(string done, NetworkHost from, DemoPage page, string expected)
            => report.Step(done, $"{from} asks {page.Host} for {page.Address.AbsolutePath}{(page.Address.HostNameType == UriHostNameType.IPv6 ? " by IPv6" : "")}", expected, await page.AskAsync(from, expected, stop));
    }
}
