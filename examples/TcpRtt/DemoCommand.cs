using System.CommandLine;
using System.Net;
using ExampleHost;
using Microsoft.Extensions.DependencyInjection;

namespace TcpRtt;

/// <summary><c>demo</c>: shows on a made network what the program does, step by step, and checks each step.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        Option<IPEndPoint?> listen = RunCommand.CreateListenOption();
        Command command = new("demo", "Shows it on two made hosts that exist only as long as this process, with the list of addresses served on this machine. Needs root; changes nothing on this machine.") { listen };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(listen)!, stop));
        return command;
    }

    private static async Task<int> RunAsync(IPEndPoint listen, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        await using DemoScene scene = DemoScene.Build();
        using DemoLines lines = new();
        RunOptions options = new() { Output = lines.Output };
        HttpEndpoint http = new(listen);
        StepReport report = StepReport.ToConsole();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task show = Task.CompletedTask;
        await ExampleServer.RunAsync(
            http,
            services => services.AddSingleton(options).AddHostedSingleton<RttService>(),
            RunCommand.MapFilter,
            ended.Token,
            services => show = ShowAndEndAsync(services.GetRequiredService<RttService>()));
        try
        {
            await show;
            stop.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }

        return report.AllAsExpected ? CommandLine.Success : CommandLine.Failure;

        async Task ShowAndEndAsync(RttService service)
        {
            try
            {
                Console.WriteLine($"""
                    Two hosts on one cable, made of network namespaces that go with this process, with a web server in each:
                      A  {scene.A.IPv4}  {scene.A.IPv6}
                      B  {scene.B.IPv4}  {scene.B.IPv6}
                    Connections are seen by {service.Program.Choice}.
                    Whose are shown is changed at {http}; what is shown stands below each request.

                    """);
                await new DemoShow(scene, lines, new FilterClient(http), report).RunAsync(ended.Token);
            }
            finally
            {
                await ended.CancelAsync();
            }
        }
    }
}
