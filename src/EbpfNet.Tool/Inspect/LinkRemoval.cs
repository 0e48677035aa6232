using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>
/// Detaches a link for good, with its pins. Some kinds of links the kernel detaches at once, whoever holds them; the others (of tracing programs, probes, iterators) it ends with their last holder: where a
/// process has one open nothing is changed, unless that is wanted, because without its pin the attachment would not outlive that process any more.
/// </summary>
internal static class LinkRemoval
{
    /// <summary>Many kernels let go of what a pin holds only a moment after it is removed (after an RCU grace period).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="reference">The link's id, or its pin.</param>
    /// <param name="unpin">Whether to remove the pins of a link that a process holds.</param>
    internal static void Detach(string reference, bool unpin)
    {
        uint id;
        string what;
        using (BpfLink link = Reference.OpenLink(reference))
        {
            (id, what) = (link.Id, link.GetInfo().ToString());
        }

        IReadOnlyList<string> pins = Pins.Find().Of(ObjectKinds.Links, id);
        if (DetachNow(id, what))
        {
            RemovePins(pins);
            Console.Out.WriteLine($"detached {what}");
            return;
        }

        string holders = HoldersOf(id);
        if (holders.Length > 0 && !(unpin && pins.Count > 0))
        {
            throw new FailureException($"{what}: the kernel ends links of this kind only with their last holder, which {holders} is: end it, or have it dispose the link."
                + (pins.Count == 0 ? "" : $" Its pin {string.Join(", ", pins)} was left; --unpin removes it, so that the attachment ends with that process."));
        }

        RemovePins(pins);
        if (holders.Length > 0)
        {
            Console.Out.WriteLine($"unpinned {what}, which ends with {holders}");
            return;
        }

        if (!SpinWait.SpinUntil(() => IsGone(id), Patience))
        {
            holders = HoldersOf(id);
            throw new FailureException($"{what}: its pins are removed, and it ends with its last holder: {(holders.Length == 0 ? "a process, or a pin, that is not seen from here" : holders)}");
        }

        Console.Out.WriteLine($"detached {what}");
    }

    /// <returns>Whether the kernel does so for links of this kind.</returns>
    private static bool DetachNow(uint id, string what)
    {
        using BpfHandle link = KernelObjects.OpenById(BpfCommand.LinkGetFdById, id, "the link");
        BpfErrno error = KernelLinks.Detach(link);
        return error switch
        {
            BpfErrno.None => true,
            BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL => false, // Not for this kind; before Linux 5.9 for none.
            _ => throw SyscallErrors.Create(error, BpfCommand.LinkDetach, $"detach {what}"),
        };
    }

    private static bool IsGone(uint id)
    {
        BpfErrno error = KernelObjects.TryOpenById(BpfCommand.LinkGetFdById, id, out BpfHandle? link);
        link?.Dispose();
        Thread.Sleep(link is null ? 0 : 20); // While it is open here it stays.
        return error == BpfErrno.ENOENT;
    }

    private static string HoldersOf(uint id) => string.Join(", ", Holders.Find().Of(ObjectKinds.Links, id));

    private static void RemovePins(IReadOnlyList<string> pins)
    {
        foreach (string pin in pins)
        {
            File.Delete(pin);
        }
    }
}
