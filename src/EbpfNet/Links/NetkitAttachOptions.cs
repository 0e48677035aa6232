namespace EbpfNet;

/// <summary>How a program is attached to a netkit device.</summary>
public sealed record NetkitAttachOptions
{
    /// <summary>Where among the programs that are there; <see cref="BpfAttachPosition.Last"/> unless set.</summary>
    public BpfAttachPosition? Position { get; init; }

    /// <summary>
    /// The <see cref="NetkitHookState.Revision"/> that the hook has to have, so that nobody else changed it since it was looked at; <see langword="null"/> for any.
    /// </summary>
    public ulong? ExpectedRevision { get; init; }
}
