using System.CommandLine;
using System.Diagnostics;
using DemoNetwork;
using ExampleHost;

namespace TcpProxy;

/// <summary><c>soak</c>: many connections and many bytes through the proxy, each answer compared with what was sent.</summary>
internal static class SoakCommand
{
    internal static Command Create()
    {
        Option<int> connections = new("--connections") { Description = "How many connections.", HelpName = "N", DefaultValueFactory = _ => 100_000 };
        Option<long> megabytes = new("--megabytes") { Description = "How many millions of bytes, there and back.", HelpName = "N", DefaultValueFactory = _ => 10_000 };
        Option<int> atOnce = new("--at-once") { Description = "How many connections there are at a time.", HelpName = "N", DefaultValueFactory = _ => 64 };
        Option<bool> splice = new("--splice") { Description = "Join established connections in the kernel." };
        Option<bool> compare = new("--compare") { Description = "Compare, in one run: no proxy, HAProxy (which has to be installed), this proxy, and this one with --splice." };
        Option<int> rounds = new("--rounds") { Description = "How often it goes through each; with --compare, the medians are shown.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<bool> inside = new("--inside") { Hidden = true };
        Command command = new("soak", "Sends 100,000 connections and 10 GB through the proxy in a network of its own, and compares what comes back. Needs root; changes nothing on this machine.")
        {
            connections,
            megabytes,
            atOnce,
            splice,
            compare,
            rounds,
            inside,
        };
        command.SetAction(async (arguments, stop) =>
        {
            await Task.Yield();
            if (arguments.GetValue(inside))
            {
                SoakLoad load = new(arguments.GetValue(connections), arguments.GetValue(megabytes) * 1_000_000, arguments.GetValue(atOnce));
                SoakWay[] ways = arguments.GetValue(compare) ? [SoakWay.Direct, SoakWay.HaProxy, SoakWay.Process, SoakWay.Splice] : [arguments.GetValue(splice) ? SoakWay.Splice : SoakWay.Process];
                return await load.RunAsync(ways, Math.Max(1, arguments.GetValue(rounds)), stop);
            }

            return await RunInsideAsync(["soak", "--inside", .. arguments.Tokens.Skip(1).Select(token => token.Value)], stop);
        });
        return command;
    }

    /// <summary>Runs this command again in a network namespace without a name.</summary>
    private static async Task<int> RunInsideAsync(string[] arguments, CancellationToken stop)
    {
        using NetworkHost host = NetworkHost.Create("soak");
        ProcessStartInfo start = ProxyProcess.Self(arguments);
        start.RedirectStandardInput = true; // its end is the end of that process, too
        using Process inside = host.StartProcess(start);
        try
        {
            await inside.WaitForExitAsync(stop);
            return inside.ExitCode;
        }
        catch (OperationCanceledException)
        {
            inside.StandardInput.Close();
            await inside.WaitForExitAsync(CancellationToken.None);
            throw new UserErrorException("Stopped before the end.");
        }
    }
}
