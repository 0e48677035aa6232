using System.CommandLine;
using System.Net;
using ExampleHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HttpMetrics;

/// <summary><c>run</c>: counts on this machine until it is stopped.</summary>
internal static class RunCommand
{
    private const int MaxPorts = 1024;

    internal static Option<MeterSource> CreateSourceOption() => new("--source")
    {
        Description = "Look at the packets of an interface, or at what all processes read and write: that sees loopback connections and needs no interface.",
        HelpName = "packets|syscalls",
        DefaultValueFactory = _ => MeterSource.Packets,
        CustomParser = given =>
        {
            string text = given.Tokens[^1].Value;
            if (text is "packets" or "syscalls")
            {
                return text == "packets" ? MeterSource.Packets : MeterSource.Syscalls;
            }

            given.AddError($"'{text}' is no source: it is packets or syscalls");
            return default;
        },
    };

    internal static Command Create()
    {
        Option<MeterSource> source = CreateSourceOption();
        Option<string> interfaceName = new("--interface", "-i") { Description = "The network interface whose packets are looked at; lo for the connections within this machine.", HelpName = "IF" };
        Option<ushort[]> port = new("--port", "-p") { Description = "Count only servers at this port; may be given many times. All ports without it.", HelpName = "PORT" };
        Option<bool> clients = new("--clients") { Description = "With --source syscalls: count also what processes of this machine ask of others." };
        Option<IPEndPoint?> listen = HttpEndpoint.CreateOption("Serve the figures for Prometheus, at /metrics.", preset: null);
        Command command = new("run", "Attaches the program, shows what it counts, and detaches it on Ctrl+C or SIGTERM, or when nobody reads its output any more. Needs root, or CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW and CAP_PERFMON.")
        {
            source,
            interfaceName,
            port,
            clients,
            listen,
        };
        command.Validators.Add(given =>
        {
            if (given.Children.Any(child => child.Errors.Any()))
            {
                return; // told already
            }

            bool isPackets = given.GetValue(source) == MeterSource.Packets;
            if (isPackets == string.IsNullOrEmpty(given.GetValue(interfaceName)))
            {
                given.AddError(isPackets ? "Option '--interface' is missing: it says whose packets are looked at." : "Option '--interface' does not go with --source syscalls, which sees all processes.");
            }

            if (given.GetValue(port) is { Length: > MaxPorts } or [.., 0])
            {
                given.AddError($"Option '--port' takes numbers from 1 to 65535, and at most {MaxPorts} of them.");
            }
        });
        command.SetAction((arguments, stop) => RunAsync(
            new RunOptions
            {
                Source = arguments.GetValue(source),
                InterfaceName = arguments.GetValue(interfaceName) ?? "",
                CountClients = arguments.GetValue(clients),
                Ports = arguments.GetValue(port) ?? [],
            },
            arguments.GetValue(listen),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(RunOptions options, IPEndPoint? listen, CancellationToken stop)
    {
        await ExampleServer.RunAsync(
            listen is null ? null : new HttpEndpoint(listen),
            services => services.AddMetrics().AddSingleton(options).AddHostedSingleton<MeterService>(),
            routes => routes.MapGet("/metrics", async context =>
            {
                context.Response.ContentType = PrometheusText.ContentType;
                await context.Response.WriteAsync(PrometheusText.Render(routes.ServiceProvider.GetRequiredService<MeterService>().Read()), context.RequestAborted);
            }),
            stop);
        return CommandLine.Success;
    }
}
