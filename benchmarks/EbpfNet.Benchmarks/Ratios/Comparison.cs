namespace EbpfNet.Benchmarks;

/// <summary>One row of the table: work that C over the bare calls, C over libbpf and EbpfNet can do, each in turns of so many operations.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Turn">One turn of a side: C with a peer, EbpfNet with <see langword="null"/>.</param>
internal sealed record Comparison(string Name, Func<Peer?, int, Sample> Turn)
{
    /// <summary>Work that is timed by the CPU time of its thread.</summary>
    public Comparison(string name, Action<Peer, int> inC, Action<int> inEbpfNet)
        : this(name, (peer, operations) => Sample.Of(peer is null ? inEbpfNet : count => inC(peer, count), operations))
    {
    }

    /// <summary>The ratio to libbpf that the work has to keep; <see langword="null"/> where none is demanded.</summary>
    public double? Bound { get; init; }

    /// <summary>Turns have a multiple of so many operations.</summary>
    public int Unit { get; init; } = 1;

    /// <summary>About how long a turn takes.</summary>
    public double Nanoseconds { get; init; } = 4e6;

    /// <summary>Whether a turn has one unit, however long that takes.</summary>
    public bool IsOneUnit { get; init; }

    /// <summary>Whether C can do it without libbpf.</summary>
    public bool HasRaw { get; init; } = true;

    /// <summary>How many bytes a turn's unit may allocate, because something is made for each.</summary>
    public double MayAllocatePerUnit { get; init; }

    /// <summary>Whether the allocations are known, and stand in the table.</summary>
    public bool KnowsAllocations { get; init; } = true;

    /// <summary>Tells what else was found, once all rounds are done.</summary>
    public Func<Finding>? Finding { get; init; }
}
