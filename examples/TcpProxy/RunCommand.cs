using System.CommandLine;
using System.Net;
using EbpfNet;
using ExampleHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace TcpProxy;

/// <summary><c>run</c>: proxies on this machine until it is stopped.</summary>
internal static class RunCommand
{
    private const string DefaultPins = "/sys/fs/bpf/tcp-proxy";

    internal static Command Create()
    {
        Option<string> config = new("--config", "-c") { Description = "The apps, their ports and their targets; read again on SIGHUP and whenever it changes.", HelpName = "FILE", DefaultValueFactory = _ => "config.json" };
        Option<string> pins = new("--pins") { Description = "Where programs, maps and link are pinned, for the next process to take over; on a BPF file system.", HelpName = "FOLDER", DefaultValueFactory = _ => DefaultPins };
        Option<bool> noPins = new("--no-pins") { Description = "Pin nothing: ports are steered as long as this process runs." };
        Option<bool> unpin = new("--unpin") { Description = "Remove the pins, and with them what a process left behind, and do nothing else." };
        Option<bool> splice = new("--splice") { Description = "Join established connections in the kernel (sockmap), rather than copy what they send. Needs Linux 6.6." };
        Option<IPEndPoint?> listen = HttpEndpoint.CreateOption("Serve metrics there at /metrics.", preset: null);
        Option<double> interval = new("--health-interval") { Description = "Seconds from one health check of a target to the next.", HelpName = "SECONDS", DefaultValueFactory = _ => 1 };
        interval.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<double>() is not (>= 0.05 and <= 3600))
            {
                given.AddError("Option '--health-interval' goes from 0.05 to 3600 seconds.");
            }
        });
        Option<int> most = new("--max-connections") { Description = "How many connections there may be at a time; more are refused.", HelpName = "N", DefaultValueFactory = _ => new RunOptions { ConfigPath = "" }.MaxConnections };
        Option<double?> idle = new("--idle-timeout") { Description = "Seconds after which a connection over which nothing passes is cut off. Without it none is, as long as both ends are there.", HelpName = "SECONDS" };
        idle.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<double?>() is not (null or (>= 1 and <= 604_800)))
            {
                given.AddError("Option '--idle-timeout' goes from 1 to 604800 seconds.");
            }
        });
        Option<bool> endsWithInput = new("--end-with-input") { Hidden = true };

        Command command = new("run", "Proxies until Ctrl+C or SIGTERM; connections get two seconds to end. Needs root, or CAP_BPF and CAP_NET_ADMIN.")
        {
            config,
            pins,
            noPins,
            unpin,
            splice,
            listen,
            interval,
            most,
            idle,
            endsWithInput,
        };
        command.SetAction((arguments, stop) =>
        {
            if (arguments.GetValue(unpin))
            {
                return Task.FromResult(Unpin(arguments.GetRequiredValue(pins)));
            }

            RunOptions options = new()
            {
                ConfigPath = arguments.GetRequiredValue(config),
                PinDirectory = arguments.GetValue(noPins) ? null : arguments.GetRequiredValue(pins),
                Splice = arguments.GetValue(splice),
                CheckInterval = TimeSpan.FromSeconds(arguments.GetValue(interval)),
                MaxConnections = arguments.GetValue(most),
                IdleTimeout = arguments.GetValue(idle) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                EndsWithInput = arguments.GetValue(endsWithInput),
            };
            return RunAsync(options, arguments.GetValue(listen), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(RunOptions options, IPEndPoint? listen, CancellationToken stop)
    {
        InlineCompletions.Enable();
        await ExampleServer.RunAsync(
            listen is null ? null : MetricsAddress.Take(listen, SteeringPins.Exist(options.PinDirectory)), // first: whatever fails later has changed nothing
            services => services.AddSingleton(options).AddHostedSingleton<ProxyService>(),
            routes => routes.MapGet("/metrics", context =>
            {
                context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                return context.Response.WriteAsync(ProxyMetrics.Render(routes.ServiceProvider.GetRequiredService<ProxyService>()), context.RequestAborted);
            }),
            stop);
        return CommandLine.Success;
    }

    private static int Unpin(string pinDirectory)
    {
        using BpfPinFolder pins = SteeringPins.Lock(pinDirectory);
        Console.WriteLine(SteeringPins.Remove(pins) ? $"Removed the pins in {pinDirectory}." : $"There are no pins in {pinDirectory}.");
        return CommandLine.Success;
    }
}
