namespace EbpfNet;

/// <summary>How a program is attached to an interface's tc hook.</summary>
public sealed record TcAttachOptions
{
    /// <summary>Where among the programs that are there; <see cref="BpfAttachPosition.Last"/> unless set.</summary>
    /// <remarks>A filter gets a free priority that puts it there. All tcx programs run before all filters.</remarks>
    public BpfAttachPosition? Position { get; init; }

    /// <summary>
    /// The <see cref="TcHookState.Revision"/> that the hook has to have, so that nobody else changed it since it was looked at (Linux 6.6); <see langword="null"/> for any.
    /// </summary>
    public ulong? ExpectedRevision { get; init; }

    /// <summary>
    /// The tcx program that is to be replaced at once, in its place in the order: one that was attached without a link, by somebody else (<c>BPF_F_REPLACE</c>; Linux 6.6).
    /// </summary>
    /// <remarks>
    /// The kernel has no link for what was attached so: it is undone by <see cref="BpfLink.Dispose"/> and at the process's orderly end, but outlives a process that is killed. To
    /// replace the program of a link use <see cref="TcLink.Update(BpfProgram, BpfProgram?)"/>.
    /// </remarks>
    public BpfProgram? ReplacedProgram { get; init; }

    /// <summary>How the kernel is to keep it; <see cref="TcMechanism.Auto"/> unless set.</summary>
    public TcMechanism Mechanism { get; init; }

    /// <summary>The priority of the filter (<c>pref</c>), smaller ones first; 0, the default, for one that <see cref="Position"/> gives. One that is set asks for a filter.</summary>
    public ushort Priority { get; init; }

    /// <summary>The handle of the filter among those of its priority; 0, the default, for a free one. One that is set asks for a filter.</summary>
    public uint Handle { get; init; }
}
