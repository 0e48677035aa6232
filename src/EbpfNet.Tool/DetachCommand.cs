using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet detach</c>: ends attachments, those of others and those that nobody holds any more.</summary>
internal static class DetachCommand
{
    internal static Command Create() => new("detach", "Ends attachments, whoever made them. 'ebpfnet list link net leftover' shows what there is.")
    {
        CreateLink(),
        CreatePlace("net", "INTERFACE", "Detaches what no link holds from a network interface: XDP, tc filters, tcx and netkit.", place => Leftover.OfInterfaces().Where(left => left.Place == place)),
        CreatePlace("cgroup", "FOLDER", "Detaches what no link holds from a control group.", folder => Leftover.OfCgroups([Path.TrimEndingDirectorySeparator(Existing(folder))])),
        CreateProbes(),
    };

    private static Command CreateLink()
    {
        Argument<string> reference = Reference.Argument();
        Command link = new("link", "Detaches a link, and removes its pins.") { reference };
        link.SetAction(parsed => Detach(parsed.GetValue(reference)!));
        return link;
    }

    private static int Detach(string reference)
    {
        uint id;
        string what;
        using (BpfLink link = Reference.OpenLink(reference))
        {
            id = link.Id;
            what = link.GetInfo().ToString();
            foreach (string pin in Pins.Find().Of(ObjectKinds.Links, id))
            {
                File.Delete(pin);
            }

            link.Detach();
        }

        if (StaysAttached(id))
        {
            string holders = string.Join(", ", Holders.Find().Of(ObjectKinds.Links, id));
            throw new BpfNotSupportedException($"detaching {what}", $"the kernel ends links of this kind only with their last holder: {(holders.Length == 0 ? "a process that is not seen from here" : holders)}");
        }

        Console.Out.WriteLine($"detached {what}");
        return CommandLine.Success;
    }

    private static bool StaysAttached(uint id)
    {
        try
        {
            using BpfLink link = BpfLink.OpenById(id);
            return link.IsAttached;
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOENT)
        {
            return false;
        }
    }

    private static Command CreatePlace(string word, string place, string description, Func<string, IEnumerable<Leftover>> find)
    {
        Argument<string> where = new(place) { Description = "Where, as 'ebpfnet list leftover' shows it." };
        Option<uint?> program = new("--prog") { Description = "Only this program.", HelpName = "ID" };
        Command command = new(word, description) { where, program };
        command.SetAction(parsed => Remove([.. find(parsed.GetValue(where)!).Where(left => parsed.GetValue(program) is not { } only || left.ProgramId == only)]));
        return command;
    }

    private static Command CreateProbes()
    {
        Command probes = new("probes", "Removes the probes that killed processes have left in tracefs.");
        probes.SetAction(_ => Remove([.. Leftover.OfTracefs().Where(left => left.IsOwnerRunning == false)]));
        return probes;
    }

    private static int Remove(Leftover[] leftovers)
    {
        foreach (Leftover leftover in leftovers)
        {
            leftover.Remove();
            Console.Out.WriteLine($"detached {leftover}");
        }

        Console.Out.Write(leftovers.Length == 0 ? "there is nothing to detach\n" : "");
        return CommandLine.Success;
    }

    private static string Existing(string folder) => Directory.Exists(folder) ? folder : throw new UsageException($"there is no folder '{folder}'");
}
