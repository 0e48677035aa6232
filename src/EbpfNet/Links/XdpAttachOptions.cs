namespace EbpfNet;

/// <summary>How a program is attached to an interface's XDP hook.</summary>
public sealed record XdpAttachOptions
{
    /// <summary>Where the program runs; <see cref="XdpMode.Auto"/> unless set.</summary>
    public XdpMode Mode { get; init; }

    /// <summary>
    /// The program that is attached there now, by somebody else, and is to be replaced at once, without a packet seeing neither (<c>XDP_FLAGS_REPLACE</c>; Linux 5.7).
    /// If another one is attached, nothing changes. <see langword="null"/>, the default, asks for an interface without a program in this mode.
    /// </summary>
    /// <remarks>
    /// The kernel replaces so only what was attached by netlink (as <c>ip link</c> does it), and only by netlink: the attachment is undone by
    /// <see cref="BpfLink.Dispose"/> and at the process's orderly end, but outlives a process that is killed. To replace the program of an own link use
    /// <see cref="XdpLink.Update(BpfProgram, BpfProgram?)"/>. <see cref="XdpMode.Auto"/> stands for the mode of the program to be replaced.
    /// </remarks>
    public BpfProgram? ReplacedProgram { get; init; }
}
