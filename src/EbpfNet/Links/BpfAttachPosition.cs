namespace EbpfNet;

/// <summary>Where a program goes in the order of those that a hook has already: the ends, or beside one of them (<c>BPF_F_BEFORE</c>, <c>BPF_F_AFTER</c>; Linux 6.6).</summary>
public sealed class BpfAttachPosition
{
    private const uint BeforeFlag = 1u << 3; // BPF_F_BEFORE
    private const uint AfterFlag = 1u << 4; // BPF_F_AFTER
    private const uint IdFlag = 1u << 5; // BPF_F_ID
    private const uint LinkFlag = 1u << 13; // BPF_F_LINK

    private readonly uint _flags;
    private readonly uint _id;
    private readonly string _text;

    private BpfAttachPosition(uint flags, string text) => (_flags, _text) = (flags, text);

    private BpfAttachPosition(uint flags, uint id, string text, BpfProgram? program = null, BpfLink? link = null)
        : this(flags | IdFlag, text) => (_id, Program, Link) = (id, program, link);

    /// <summary>Before all others: it sees what happens first.</summary>
    public static BpfAttachPosition First { get; } = new(BeforeFlag, "first");

    /// <summary>After all others.</summary>
    public static BpfAttachPosition Last { get; } = new(AfterFlag, "last");

    /// <summary>Whether it is before rather than after.</summary>
    internal bool IsBefore => (_flags & BeforeFlag) != 0;

    /// <summary>Whether it is at one end of the order.</summary>
    internal bool IsEnd => (_flags & IdFlag) == 0;

    /// <summary>Whether it is beside a link that has only its id here.</summary>
    internal bool IsLinkId => (_flags & LinkFlag) != 0;

    /// <summary><c>BPF_F_*</c>.</summary>
    internal uint Flags => _flags | (Link is { Id: not 0 } ? LinkFlag : 0);

    /// <summary>The id of the program or link beside which it is; 0 for the ends. What no kernel link holds is found by the program that it has now.</summary>
    internal uint RelativeId => Link is null ? _id : Link.Id != 0 ? Link.Id : Link.Program.Id;

    /// <summary>The program beside which it is, kept so that its id stays its own.</summary>
    internal BpfProgram? Program { get; }

    /// <summary>The link beside which it is.</summary>
    internal BpfLink? Link { get; }

    /// <summary>Right before a program that is attached at the same hook.</summary>
    /// <param name="program">The program.</param>
    public static BpfAttachPosition Before(BpfProgram program) => Beside(BeforeFlag, program);

    /// <summary>Right before a link to the same hook.</summary>
    /// <param name="link">The link.</param>
    public static BpfAttachPosition Before(BpfLink link) => Beside(BeforeFlag, link);

    /// <summary>Right after a program that is attached at the same hook.</summary>
    /// <param name="program">The program.</param>
    public static BpfAttachPosition After(BpfProgram program) => Beside(AfterFlag, program);

    /// <summary>Right after a link to the same hook.</summary>
    /// <param name="link">The link.</param>
    public static BpfAttachPosition After(BpfLink link) => Beside(AfterFlag, link);

    /// <summary>Right before the program with an id.</summary>
    /// <param name="programId">The id, as <see cref="BpfProgram.Id"/> tells it.</param>
    public static BpfAttachPosition BeforeProgram(uint programId) => new(BeforeFlag, RequireId(programId), $"before program {programId}");

    /// <summary>Right after the program with an id.</summary>
    /// <param name="programId">The id, as <see cref="BpfProgram.Id"/> tells it.</param>
    public static BpfAttachPosition AfterProgram(uint programId) => new(AfterFlag, RequireId(programId), $"after program {programId}");

    /// <summary>Right before the link with an id.</summary>
    /// <param name="linkId">The id, as <see cref="BpfLink.Id"/> tells it.</param>
    public static BpfAttachPosition BeforeLink(uint linkId) => new(BeforeFlag | LinkFlag, RequireId(linkId), $"before link {linkId}");

    /// <summary>Right after the link with an id.</summary>
    /// <param name="linkId">The id, as <see cref="BpfLink.Id"/> tells it.</param>
    public static BpfAttachPosition AfterLink(uint linkId) => new(AfterFlag | LinkFlag, RequireId(linkId), $"after link {linkId}");

    /// <summary>The position as messages call it.</summary>
    public override string ToString() => _text;

    /// <summary>Whether what it is beside is still there to be named.</summary>
    internal void ThrowIfDisposed()
    {
        Program?.Handle.Acquire().Dispose();
        if (Link is not null)
        {
            ObjectDisposedException.ThrowIf(Link.IsDisposed, Link);
        }
    }

    private static BpfAttachPosition Beside(uint side, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return new BpfAttachPosition(side, program.Id, $"{Word(side)} {program}", program: program);
    }

    private static BpfAttachPosition Beside(uint side, BpfLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return new BpfAttachPosition(side, 0, $"{Word(side)} {link}", link: link);
    }

    private static string Word(uint side) => side == BeforeFlag ? "before" : "after";

    private static uint RequireId(uint id)
    {
        ArgumentOutOfRangeException.ThrowIfZero(id);
        return id;
    }
}
