namespace EbpfNet.Benchmarks;

/// <summary>A row of the table, measured.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Raw">Nanoseconds per operation in C over the bare calls, where C does it so.</param>
/// <param name="Libbpf">The same over libbpf, where it is there.</param>
/// <param name="EbpfNet">The same in EbpfNet.</param>
/// <param name="ToRaw">EbpfNet against the bare calls.</param>
/// <param name="ToLibbpf">EbpfNet against libbpf.</param>
/// <param name="Allocated">Managed bytes per operation.</param>
/// <param name="Finding">What else was found.</param>
internal sealed record Result(Comparison Work, double? Raw, double? Libbpf, double EbpfNet, Ratio? ToRaw, Ratio? ToLibbpf, double Allocated, (string Remark, bool IsBroken)? Finding)
{
    /// <summary>Whether the work keeps its bound: the interval begins at it or below. Without libbpf, the bare calls are the measure.</summary>
    public bool IsInBound => Work.Bound is not { } bound || ((ToLibbpf ?? ToRaw)?.Low is not { } low || low <= bound);

    /// <summary>Whether it allocates no more than it may.</summary>
    public bool AllocatesNothing => Work.Bound is null || Allocated * Work.Unit <= Work.MayAllocatePerUnit;

    /// <summary>Whether all that is demanded of it holds.</summary>
    public bool Holds => IsInBound && AllocatesNothing && Finding is not { IsBroken: true };
}
