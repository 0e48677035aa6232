using System.CommandLine;
using System.Net;
using ExampleHost;
using GeoIp.Places;
using GeoIp.Web;
using Microsoft.Extensions.DependencyInjection;

namespace GeoIp;

/// <summary><c>run</c>: counts on an interface of this machine until it is stopped.</summary>
internal static class RunCommand
{
    /// <summary>Where the page is, unless <c>--listen</c> says otherwise.</summary>
    internal static readonly IPEndPoint PageAddress = new(IPAddress.Loopback, 8080);

    internal static Command Create()
    {
        Option<string> interfaceName = new("--interface", "-i") { Description = "The network interface to count on.", HelpName = "IF", Required = true };
        interfaceName.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string>() is "")
            {
                given.AddError("Option '--interface' is empty.");
            }
        });
        Option<ushort[]> port = new("--port", "-p") { Description = "Count connections to this port of whatever serves it, instead of to the three small services at 8081, 8082 and 8083; may be given many times.", HelpName = "PORT" };
        Option<string> database = new("--database", "-d") { Description = "Look addresses up in this file of MaxMind's format (.mmdb), cities too if it has them; read again whenever it changes.", HelpName = "FILE" };
        Option<IPEndPoint?> listen = HttpEndpoint.CreateOption("Serve the page there.", PageAddress);

        Command command = new("run", "Attaches the program, serves the page, and detaches the program on Ctrl+C or SIGTERM. Needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.")
        {
            interfaceName,
            port,
            database,
            listen,
        };
        command.SetAction(async (arguments, stop) =>
        {
            ushort[] ports = arguments.GetValue(port) ?? [];
            if (ports.Length > CountService.MaxPorts)
            {
                throw new UserErrorException($"There is room for {CountService.MaxPorts} ports.");
            }

            RunOptions options = new()
            {
                InterfaceName = arguments.GetRequiredValue(interfaceName),
                Ports = ports.Length > 0 ? ports : RunOptions.SmallServicePorts,
                ServesSmallServices = ports.Length == 0,
                DatabasePath = arguments.GetValue(database),
            };
            await RunAsync(options, new HttpEndpoint(arguments.GetValue(listen)!), stop);
            return CommandLine.Success;
        });
        return command;
    }

    /// <summary>Counts, and serves the page, until it is stopped.</summary>
    internal static Task RunAsync(RunOptions options, HttpEndpoint page, CancellationToken stop, Action<IServiceProvider>? started = null) => ExampleServer.RunAsync(
        page,
        services =>
        {
            services.AddSingleton(options).AddSingleton(page).AddSingleton<Locator>().AddSingleton<Traffic>().AddSingleton<WordCloud>();
            services.AddHostedSingleton<DatabaseWatch>().AddHostedSingleton<CountService>().AddHostedSingleton<LiveView>();
            if (options.ServesSmallServices)
            {
                services.AddHostedSingleton<SmallServices>();
            }
        },
        routes =>
        {
            Api.Map(routes);
            PageFiles.Map(routes);
        },
        stop,
        started);
}
