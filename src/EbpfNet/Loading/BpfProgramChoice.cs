namespace EbpfNet;

/// <summary>Which of several alternatives a load has taken (<see cref="BpfProgramSpecCollection.FirstOf"/>), and why not those before it.</summary>
/// <param name="Taken">The name of the program that was loaded.</param>
/// <param name="PassedOver">Those that this kernel does not take, in the order in which they were tried.</param>
public sealed record BpfProgramChoice(string Taken, IReadOnlyList<BpfPassedOverProgram> PassedOver)
{
    /// <summary>One line for a log: <c>tcp_close_tp_btf, not tcp_close_fentry: …</c>.</summary>
    public override string ToString() => string.Join(", not ", [Taken, .. PassedOver]);
}

/// <summary>A program that a load has passed over.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Reason">What this kernel lacks or refuses, as a sentence without a final full stop.</param>
/// <param name="Error">What the load of it alone would have thrown.</param>
public sealed record BpfPassedOverProgram(string Program, string Reason, BpfException Error)
{
    /// <summary>The name and the reason.</summary>
    public override string ToString() => $"{Program}: {Reason}";
}
