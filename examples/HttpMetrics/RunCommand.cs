using System.CommandLine;
using System.Net;
using ExampleHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HttpMetrics;

/// <summary><c>run</c>: counts on this machine until it is stopped.</summary>
internal static class RunCommand
{
    internal static Option<string> CreateSourceOption()
    {
        Option<string> source = new("--source")
        {
            Description = "Look at the packets of an interface, or at what all processes read and write: that sees loopback connections and needs no interface. syscall-tracepoints does the latter as kernels before 6.5 have to.",
            HelpName = "packets|syscalls|syscall-tracepoints",
            DefaultValueFactory = _ => "packets",
        };
        source.Validators.Add(given =>
        {
            if (given.Tokens.Any(token => token.Value is not ("packets" or "syscalls" or "syscall-tracepoints")))
            {
                given.AddError("Option '--source' is packets, syscalls or syscall-tracepoints.");
            }
        });
        return source;
    }

    internal static MeterSource ParseSource(string source) => Enum.Parse<MeterSource>(source.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    internal static Command Create()
    {
        Option<string> source = CreateSourceOption();
        Option<string> interfaceName = new("--interface", "-i") { Description = "The network interface whose packets are looked at; lo for the connections within this machine.", HelpName = "IF" };
        Option<ushort[]> port = new("--port", "-p") { Description = "Count only servers at this port; may be given many times. All ports without it.", HelpName = "PORT" };
        port.Validators.Add(given =>
        {
            if (given.Tokens.Any(token => !ushort.TryParse(token.Value, out ushort number) || number == 0))
            {
                given.AddError("Option '--port' takes numbers from 1 to 65535.");
            }
        });
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
            bool isPackets = given.GetValue(source) is not ("syscalls" or "syscall-tracepoints"); // a default is not there yet
            if (isPackets == string.IsNullOrEmpty(given.GetValue(interfaceName)))
            {
                given.AddError(isPackets ? "Option '--interface' is missing: it says whose packets are looked at." : "Option '--interface' does not go with --source syscalls, which sees all processes.");
            }
            else if (isPackets && given.GetValue(clients))
            {
                given.AddError("Option '--clients' goes with --source syscalls alone: of an interface's packets all are counted.");
            }
        });
        command.SetAction((arguments, stop) => RunAsync(
            new RunOptions
            {
                Source = ParseSource(arguments.GetRequiredValue(source)),
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
                await PrometheusText.WriteAsync(routes.ServiceProvider.GetRequiredService<MeterService>().Read(), context.Response.BodyWriter, context.RequestAborted);
            }),
            stop);
        return CommandLine.Success;
    }
}
