using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet detach</c>: ends attachments, those of others and those that nobody holds any more.</summary>
internal static class DetachCommand
{
    internal static Command Create() => new("detach", "Ends an attachment, whoever made it.")
    {
        CreateLink(),
        CreateLeftovers(),
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

    private static Command CreateLeftovers()
    {
        Command leftovers = new("leftovers", "Removes what processes have left behind when they were killed: probes in tracefs whose process is gone.");
        leftovers.SetAction(_ =>
        {
            int count = 0;
            foreach (LeftoverProbe probe in LeftoverProbe.FindAll().Where(probe => !probe.IsOwnerRunning))
            {
                probe.Remove();
                Console.Out.WriteLine($"removed {probe}");
                count++;
            }

            Console.Out.Write(count == 0 ? "there was nothing to remove\n" : "");
            return CommandLine.Success;
        });
        return leftovers;
    }
}
