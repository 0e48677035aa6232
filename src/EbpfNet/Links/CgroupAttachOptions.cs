using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>How a program is attached to a control group.</summary>
public sealed record CgroupAttachOptions
{
    /// <summary>The hook, where neither the section's name nor the program's type says it, as <c>cgroup/skb</c> does not; <see langword="null"/>, the default, for what they say.</summary>
    public BpfAttachType? AttachType { get; init; }

    /// <summary>Whether other programs may be beside it. What is not <see cref="CgroupAttachMode.Multi"/>, the default, is attached without a link.</summary>
    public CgroupAttachMode Mode { get; init; }

    /// <summary>
    /// Where among the programs that the group has; behind them unless set. Anything else takes Linux 6.17, and <see cref="CgroupAttachMode.Multi"/>. A link goes beside a link, and what is attached
    /// without one beside a program that is.
    /// </summary>
    public BpfAttachPosition? Position { get; init; }

    /// <summary>The <see cref="CgroupHookState.Revision"/> that the hook has to have, so that nobody else changed it since it was looked at (Linux 6.17); <see langword="null"/> for any.</summary>
    public ulong? ExpectedRevision { get; init; }

    /// <summary>
    /// The program that is to be replaced at once: one that was attached without a link, by somebody else (<c>BPF_F_REPLACE</c>, Linux 5.5; of one that is alone any kernel's). The
    /// new one is attached without a link, too. To replace the program of a link use <see cref="CgroupLink.Update(BpfProgram, BpfProgram?)"/>.
    /// </summary>
    public BpfProgram? ReplacedProgram { get; init; }
}
