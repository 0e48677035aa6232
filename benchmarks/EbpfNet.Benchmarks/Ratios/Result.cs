namespace EbpfNet.Benchmarks;

/// <summary>A row of the table, measured.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Figures">What was measured.</param>
internal sealed record Result(Comparison Work, Figures Figures)
{
    /// <summary>Whether the work keeps its bound: the interval begins at it or below. Without libbpf, the bare calls are the measure.</summary>
    public bool IsInBound => Work.Bound is not { } bound || ((Figures.ToLibbpf ?? Figures.ToRaw)?.Low is not { } low || low <= bound);

    /// <summary>Whether it allocates no more than it may.</summary>
    public bool AllocatesNothing => Work.Bound is null || Figures.Allocated * Work.Unit <= Work.MayAllocatePerUnit;

    /// <summary>Whether all that is demanded of it holds.</summary>
    public bool Holds => IsInBound && AllocatesNothing && Figures.Finding is not { IsBroken: true };
}
