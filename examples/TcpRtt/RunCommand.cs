using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Numerics;
using EbpfNet.Programs;
using ExampleHost;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TcpRtt;

/// <summary><c>run</c>: shows this machine's connections, as they are closed, until it is stopped.</summary>
internal static class RunCommand
{
    private const int BytesPerKiB = 1024;
    private const int SmallestBuffer = 64;
    private const int LargestBuffer = 1024 * 1024;

    internal static Command Create()
    {
        Option<string[]> address = new("--address", "-a") { Description = "Show connections whose local address is this, or in this prefix, IPv4 or IPv6; may be given many times.", HelpName = "ADDRESS[/PREFIX]" };
        Option<bool> either = new("--either") { Description = "Show a connection also for its remote address." };
        Option<bool> all = new("--all") { Description = "Show every connection, whatever the addresses are." };
        Option<bool> json = new("--json") { Description = "Write a JSON object for each connection, one on a line." };
        Option<IPEndPoint?> listen = CreateListenOption();
        Option<int> buffer = new("--buffer")
        {
            Description = "The size of the buffer between kernel and this program, in KiB: a power of two. Each connection takes 80 bytes until its line is written.",
            HelpName = "KIB",
            DefaultValueFactory = _ => RunOptions.DefaultRingBytes / BytesPerKiB,
            CustomParser = ParseBufferSize,
        };

        Command command = new("run", "Writes a line for each connection that is closed, of all network namespaces, until Ctrl+C or SIGTERM, or until nobody reads its output any more. Needs root, or CAP_BPF and CAP_PERFMON.")
        {
            address,
            either,
            all,
            json,
            listen,
            buffer,
        };
        command.SetAction((arguments, stop) => RunAsync(
            new RunOptions
            {
                Networks = [.. (arguments.GetValue(address) ?? []).Select(NetworkArgument.Parse)],
                Either = arguments.GetValue(either),
                All = arguments.GetValue(all),
                Json = arguments.GetValue(json),
                RingBytes = arguments.GetValue(buffer) * BytesPerKiB,
                Output = StandardOutput.Open(),
            },
            arguments.GetValue(listen),
            stop));
        return command;
    }

    /// <summary>Where the list of addresses is served.</summary>
    internal static Option<IPEndPoint?> CreateListenOption() => HttpEndpoint.CreateOption(
        "Serve the addresses and prefixes by HTTP: GET lists them, PUT and DELETE add and remove the one in the body.",
        preset: new IPEndPoint(IPAddress.Loopback, 8090));

    /// <summary>Serves that list.</summary>
    internal static void MapFilter(IEndpointRouteBuilder routes) => NetworkListApi.Map(
        routes,
        () => ProgramOf(routes).Networks.Order(NetworkOrder.Instance).Select(network => network.ToString()),
        network => ProgramOf(routes).Add(network),
        network => ProgramOf(routes).Remove(network));

    private static async Task<int> RunAsync(RunOptions options, IPEndPoint? listen, CancellationToken stop)
    {
        await ExampleServer.RunAsync(
            listen is null ? null : new HttpEndpoint(listen),
            services => services.AddSingleton(options).AddHostedSingleton<RttService>(),
            MapFilter,
            stop,
            TellChoice);
        return CommandLine.Success;
    }

    private static void TellChoice(IServiceProvider services)
    {
        ILogger logger = services.GetRequiredService<ILogger<RttService>>();
        if (logger.IsEnabled(LogLevel.Information))
        {
            logger.LogInformation("Connections are seen by {Choice}.", services.GetRequiredService<RttService>().Program.Choice);
        }
    }

    private static int ParseBufferSize(ArgumentResult given)
    {
        string text = given.Tokens[^1].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= SmallestBuffer and <= LargestBuffer && BitOperations.IsPow2(size))
        {
            return size;
        }

        given.AddError($"'{text}' is no size of a buffer: it is a power of two from {SmallestBuffer} to {LargestBuffer}, in KiB");
        return 0;
    }

    private static TcpRttProgram ProgramOf(IEndpointRouteBuilder routes) => routes.ServiceProvider.GetRequiredService<RttService>().Program;
}
