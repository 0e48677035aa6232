using System.CommandLine;
using System.Diagnostics;
using System.Net;
using EbpfNet;
using EbpfNet.Programs;

namespace XdpDrop;

/// <summary><c>run</c>: drops packets on an interface of this machine until it is stopped.</summary>
internal static class RunCommand
{
    private const int LooksPerTable = 4;

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
        Option<string> mode = new("--mode") { Description = "Where the program runs: in the driver, in the network stack, or in the driver if it can.", DefaultValueFactory = _ => "auto" };
        mode.AcceptOnlyFromAmong("native", "generic", "auto");

        Command command = new("run", "Attaches the program, shows what it drops, and detaches it on Ctrl+C or SIGTERM, or when nobody reads its output any more. Needs root, or CAP_BPF and CAP_NET_ADMIN.")
        {
            interfaceName,
            block,
            mode,
        };
        command.SetAction((arguments, stop) => RunAsync(
            arguments.GetRequiredValue(interfaceName),
            [.. (arguments.GetValue(block) ?? []).Select(BlockArgument.Parse)],
            Enum.Parse<XdpMode>(arguments.GetRequiredValue(mode), ignoreCase: true),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(string interfaceName, IReadOnlyList<IPNetwork> blocked, XdpMode mode, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        using XdpDropProgram program = XdpDropProgram.Load(new XdpDropOptions { MaxRules = Math.Max(blocked.Count, 1) });
        List<IPNetwork> rules = [.. blocked.Where(program.Block)]; // what is given twice is one rule

        // From here until the link is disposed, or the process ends in whatever way, packets are dropped.
        using XdpLink link = program.Attach(interfaceName, mode);
        Console.WriteLine($"Dropping on {interfaceName}, in {link.Mode.ToString().ToLowerInvariant()} mode. Ctrl+C ends it.");

        await ShowCountersAsync(program, link, rules, stop);
        return CommandLine.Success;
    }

    private static async Task ShowCountersAsync(XdpDropProgram program, XdpLink link, IReadOnlyList<IPNetwork> rules, CancellationToken stop)
    {
        DropTable table = new();
        using TableOutput output = TableOutput.ToConsole();
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1) / LooksPerTable);
        long start = Stopwatch.GetTimestamp();
        try
        {
            for (int look = 0; !StandardOutput.IsClosed; look++) // whoever reads it may have seen enough: head, for example
            {
                if (!link.IsAttached)
                {
                    throw new UserErrorException($"Nothing is dropped any more: interface {link.InterfaceName} is gone, or somebody has detached the program from it.");
                }

                if (look % LooksPerTable == 0)
                {
                    Show();
                }

                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop: leaving detaches the program.
        }

        void Show()
        {
            List<CounterRow> rows = [.. rules.Select(rule => Row($"drop {rule}", program.ReadCounters(rule))), Row("pass", program.ReadPassed())];
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            output.Show(table.Render(rows, time), time);
        }
    }

    private static CounterRow Row(string name, XdpDropCounters counters) => new(name, counters.Packets, counters.Bytes);
}
