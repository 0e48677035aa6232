using System.CommandLine;
using System.Net;
using ExampleHost;

namespace GeoIp;

/// <summary><c>demo</c>: shows on a made network, with visitors from several countries, what is counted, and checks each step.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        Option<IPEndPoint?> listen = HttpEndpoint.CreateOption("Serve the page there, on this machine, and go on with more visits until Ctrl+C; without it, the page is in the made network, and the demo ends by itself.", preset: null);
        Command command = new("demo", "Shows it on made hosts that exist only as long as this process. Needs root; changes nothing on this machine.") { listen };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(listen), stop));
        return command;
    }

    private static async Task<int> RunAsync(IPEndPoint? listen, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        using DemoScene scene = DemoScene.Build();
        Console.WriteLine("A server and visitors from all over the world, on one switch, made of network namespaces that go with this process:");
        Console.WriteLine($"  server         {DemoScene.ServerAddress}, {DemoScene.ServerAddressV6}");
        foreach (DemoVisitor visitor in scene.Visitors)
        {
            Console.WriteLine($"  {visitor.Name,-14} {visitor.Address}");
        }

        Console.WriteLine();
        HttpEndpoint page = listen is null ? new HttpEndpoint(new IPEndPoint(DemoScene.ServerAddress, 8080), scene.Server) : new HttpEndpoint(listen);
        RunOptions options = new() { InterfaceName = DemoScene.InterfaceName, Host = scene.Server, ShowsTable = false };
        using CancellationTokenSource ending = new(); // not with the first signal: first the steps end, then what they look at
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task serving = RunCommand.RunAsync(options, page, ending.Token, _ => started.SetResult());
        try
        {
            if (await Task.WhenAny(started.Task, serving) == serving)
            {
                await serving;
            }

            StepReport report = StepReport.ToConsole();
            await new DemoSteps(scene, page, report, stop).ShowAsync();
            if (listen is not null && report.AllAsExpected)
            {
                Console.WriteLine($"More visits follow, to be seen at {page}. Ctrl+C ends it.");
                await scene.VisitOnAndOnAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return report.AllAsExpected ? CommandLine.Success : CommandLine.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }
        finally
        {
            await ending.CancelAsync();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
