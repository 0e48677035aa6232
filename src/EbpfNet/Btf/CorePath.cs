namespace EbpfNet.Btf;

/// <summary>A step of an access: into a named member (past anonymous ones), to an enumerator, or to an element of an array.</summary>
/// <param name="Type">The struct or union that has the member; the enum; or the type of the array's elements.</param>
/// <param name="Index">Which member, enumerator or element.</param>
/// <param name="IsNamed">Whether it is a member or an enumerator.</param>
internal readonly record struct CoreStep(BtfTypeId Type, int Index, bool IsNamed);

/// <summary>Where an access leads to on one side. The first step is the place of the outermost type in an array of such; one path is used again and again.</summary>
internal sealed class CorePath
{
    /// <summary>How many indices one access may have, on either side, anonymous members counted.</summary>
    public const int MaxLength = 64;

    private readonly CoreStep[] _steps = new CoreStep[MaxLength];

    /// <summary>The type that the relocation names, or the candidate.</summary>
    public BtfTypeId Root { get; private set; }

    public int Count { get; private set; }

    /// <summary>All indices so far, those into anonymous members included.</summary>
    public int Depth { get; set; }

    /// <summary>The offset from the start of the outermost type. 64 bits, because malformed types lie further apart than memory is large.</summary>
    public ulong BitOffset { get; set; }

    public CoreStep Last => _steps[Count - 1];

    public CoreStep this[int index] => _steps[index];

    public void Start(BtfTypeId root)
    {
        Root = root;
        Count = 0;
        Depth = 0;
        BitOffset = 0;
    }

    public void Add(CoreStep step) => _steps[Count++] = step;

    public void RemoveLast() => Count--;
}
