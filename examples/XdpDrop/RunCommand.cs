using System.CommandLine;
using System.Net;
using EbpfNet;
using ExampleHost;
using Microsoft.Extensions.DependencyInjection;

namespace XdpDrop;

/// <summary><c>run</c>: drops packets on an interface of this machine until it is stopped.</summary>
internal static class RunCommand
{
    /// <summary>How many rules there may be at a time, if not more are given on the command line.</summary>
    internal const int MaxRules = 16_384;

    internal static Command Create()
    {
        Option<string> interfaceName = new("--interface", "-i") { Description = "The network interface to guard.", HelpName = "IF", Required = true };
        interfaceName.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string>() is "")
            {
                given.AddError("Option '--interface' is empty.");
            }
        });
        Option<string[]> block = new("--block", "-b") { Description = "Drop what comes from this address or prefix, IPv4 or IPv6; may be given many times.", HelpName = "ADDRESS[/PREFIX]" };
        Option<string> blocklist = new("--blocklist") { Description = "Drop what comes from the addresses and prefixes of this file, one on a line; read again whenever it changes.", HelpName = "FILE" };
        Option<IPEndPoint?> listen = HttpEndpoint.CreateOption("Serve the rules by HTTP: GET lists them with their counters, PUT and DELETE add and remove the address or prefix in the body.", preset: null);
        Option<string> mode = new("--mode") { Description = "Where the program runs: in the driver, in the network stack, or in the driver if it can.", DefaultValueFactory = _ => "auto" };
        mode.AcceptOnlyFromAmong("native", "generic", "auto");

        Command command = new("run", "Attaches the program, shows what it drops, and detaches it on Ctrl+C or SIGTERM, or when nobody reads its output any more. Needs root, or CAP_BPF and CAP_NET_ADMIN.")
        {
            interfaceName,
            block,
            blocklist,
            listen,
            mode,
        };
        command.SetAction((arguments, stop) => RunAsync(
            new RunOptions
            {
                InterfaceName = arguments.GetRequiredValue(interfaceName),
                Blocked = [.. (arguments.GetValue(block) ?? []).Select(NetworkArgument.Parse)],
                BlocklistPath = arguments.GetValue(blocklist),
                Mode = Enum.Parse<XdpMode>(arguments.GetRequiredValue(mode), ignoreCase: true),
            },
            arguments.GetValue(listen),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(RunOptions options, IPEndPoint? listen, CancellationToken stop)
    {
        await ExampleServer.RunAsync(
            listen is null ? null : new HttpEndpoint(listen),
            services => services.AddSingleton(options).AddHostedSingleton<DropService>(),
            routes => NetworkListApi.Map(
                routes,
                () => Service(routes).ReadRules().Select(rule => $"{rule.Network} {rule.Dropped.Packets} {rule.Dropped.Bytes}"),
                network => Service(routes).Blocklist.Add(network),
                network => Service(routes).Blocklist.Remove(network)),
            stop);
        return CommandLine.Success;
    }

    private static DropService Service(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder routes) => routes.ServiceProvider.GetRequiredService<DropService>();
}
