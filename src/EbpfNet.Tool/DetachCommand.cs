using System.CommandLine;
using EbpfNet.Kernel;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet detach</c>: ends attachments, those of others and those that nobody holds any more.</summary>
internal static class DetachCommand
{
    internal static Command Create() => new("detach", "Ends attachments, whoever made them. 'ebpfnet list link net leftover' shows what there is.")
    {
        CreateLink(),
        CreateNet(),
        CreatePlace("cgroup", "FOLDER", "Detaches what no link holds from a control group; service managers attach so on purpose.", folder => [.. Leftover.OfCgroups([Path.TrimEndingDirectorySeparator(Existing(folder))])]),
        CreatePlace("netns", "NAME|FILE", "Detaches a flow dissector that no link holds from a network namespace.", FindInNamespace),
        CreatePlace("lirc", "DEVICE", "Detaches programs from an infrared receiver.", device => [.. Leftover.OfReceiver(File.Exists(device) ? device : throw new FailureException($"there is no device '{device}'"))]),
        CreateStructOps(),
        CreateProbes(),
    };

    private static Command CreateLink()
    {
        Argument<string> reference = Reference.Argument();
        Option<bool> unpin = new("--unpin") { Description = "Also where the link stays attached because a process holds it: removes its pins, so that it ends with that process." };
        Command link = new("link", "Detaches a link, and removes its pins.") { reference, unpin };
        link.SetAction(parsed =>
        {
            LinkRemoval.Detach(parsed.GetValue(reference)!, parsed.GetValue(unpin));
            return CommandLine.Success;
        });
        return link;
    }

    private static Command CreateNet()
    {
        Option<bool> routes = new("--routes") { Description = "With --all: deletes the interface's routes that have programs, too." };
        Option<bool> clsact = new("--clsact") { Description = "Also removes the queueing discipline that filters hang on, where none is left on it." };
        Command net = CreatePlace("net", "INTERFACE", "Detaches what no link holds from a network interface of this network namespace: XDP, tc filters, tcx and netkit. With --prog or --routes it also deletes routes that have a program.", FindOnInterface, (left, parsed) => left switch
        {
            { What: Leftover.Route } when !parsed.GetValue(routes) => "--routes deletes routes, too",
            { What: Leftover.Clsact } when !parsed.GetValue(clsact) => "--clsact removes it, too",
            { IsShared: true } => "--prog detaches it from all interfaces that share it",
            _ => null,
        }, parsed => parsed.GetValue(clsact));
        net.Options.Add(routes);
        net.Options.Add(clsact);
        return net;
    }

    /// <param name="word">The kind of place.</param>
    /// <param name="place">What names one.</param>
    /// <param name="description">What the command does.</param>
    /// <param name="find">What is there.</param>
    /// <param name="spare">Why "all" does not mean one; <see langword="null"/> for those that it means.</param>
    /// <param name="isMoreAsked">Whether an empty queueing discipline is to go, too.</param>
    private static Command CreatePlace(
        string word, string place, string description, Func<string, Leftover[]> find, Func<Leftover, ParseResult, string?>? spare = null, Func<ParseResult, bool>? isMoreAsked = null)
    {
        Argument<string> where = new(place) { Description = "Where, as 'ebpfnet list leftover' shows it." };
        Option<uint?> program = new("--prog") { Description = "Only this program.", HelpName = "ID" };
        Option<bool> all = new("--all") { Description = "All programs that no link holds." };
        Command command = new(word, description) { where, program, all };
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(where)!;
            Leftover[] there = find(name);
            bool withClsact = isMoreAsked?.Invoke(parsed) == true;
            int result = CommandLine.Success;
            if (parsed.GetValue(program) is { } only)
            {
                Leftover[] chosen = [.. there.Where(left => left.ProgramId == only)];
                result = chosen.Length > 0 ? Removal.Remove(chosen) : throw new FailureException($"program {only} is not attached to {name} without a link; 'ebpfnet list link leftover' shows what is attached");
            }
            else if (parsed.GetValue(all) || (there.Length == 0 && !withClsact))
            {
                Leftover[] meant = [.. there.Where(left => left.What != Leftover.Clsact && spare?.Invoke(left, parsed) is null)];
                result = meant.Length == 0 && withClsact ? CommandLine.Success : Removal.Remove(meant);
                foreach (Leftover left in there)
                {
                    if (spare?.Invoke(left, parsed) is { } reason)
                    {
                        Console.Out.WriteLine($"left alone: {left}; {reason}");
                    }
                }
            }
            else if (!withClsact)
            {
                Surroundings around = new();
                Console.Out.Write(Table.Write(Leftover.Columns, [.. there.Select(left => left.ToFacts(around))]));
                throw new UsageException("nothing was detached: say --prog ID for one of these programs, or --all");
            }

            // Last: only now those are gone that hung on it.
            return withClsact ? Math.Max(result, Removal.RemoveClsact(name)) : result;
        });
        return command;
    }

    private static Command CreateStructOps()
    {
        Argument<string> reference = Reference.Argument();
        Command structOps = new("struct_ops", "Takes out a kernel struct of functions that is registered without a link.") { reference };
        structOps.SetAction(parsed =>
        {
            using BpfMap map = Reference.OpenMap(parsed.GetValue(reference)!);
            return StructOpsHook.IsRegistered(map)
                ? Removal.Remove([Leftover.OfStructOps(map)])
                : throw new FailureException($"{map} (id {map.Id}) is no struct of functions that is registered without a link; 'ebpfnet list link leftover' shows those that are");
        });
        return structOps;
    }

    private static Command CreateProbes()
    {
        Command probes = new("probes", "Removes the probes that killed processes have left in tracefs.");
        probes.SetAction(_ => Removal.RemoveProbes([.. Leftover.OfTracefs()]));
        return probes;
    }

    private static Leftover[] FindOnInterface(string name)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkVerdict found = NetworkDevice.Find(socket, name, out NetworkDevice? device);
        return device is null
            ? throw NetworkDeviceErrors.NotFound(socket, name, 0, $"detach programs from interface '{name}'", found)
            : [.. Leftover.OfInterfaces().Where(left => left.Place == device.Name)];
    }

    private static Leftover[] FindInNamespace(string name)
    {
        string path = name.Contains('/') ? name : $"/run/netns/{name}";
        using BpfNetworkNamespace space = BpfNetworkNamespace.Open(path); // Says well what is wrong with it.
        return [.. Leftover.OfNamespaces([path])];
    }

    private static string Existing(string folder) => Directory.Exists(folder) ? folder : throw new FailureException($"there is no folder '{folder}'");
}
