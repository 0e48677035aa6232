namespace EbpfNet;

/// <summary>A reference in the object could not be resolved: a map, a function, a variable or a kernel type.</summary>
public sealed class BpfRelocationException : BpfException
{
    /// <summary>Creates an exception for an unresolved reference.</summary>
    /// <param name="symbol">The symbol or CO-RE access that could not be resolved.</param>
    /// <param name="problem">Why, and what to do about it, as a sentence without a final full stop.</param>
    /// <param name="program">The program or function that makes the reference.</param>
    /// <param name="instruction">The index of the instruction (in 8-byte slots) within that program or function.</param>
    /// <param name="candidates">What was looked at and why it did not fit, one line each.</param>
    public BpfRelocationException(string symbol, string problem, string? program = null, int? instruction = null, IReadOnlyList<string>? candidates = null)
        : base(Describe(symbol, problem, program, instruction, candidates))
    {
        Symbol = symbol;
        Problem = problem;
        Program = program;
        Instruction = instruction;
        Candidates = candidates ?? [];
    }

    /// <summary>The symbol or CO-RE access that could not be resolved.</summary>
    public string Symbol { get; }

    /// <summary>Why it could not be resolved and what to do about it, as a sentence without a final full stop.</summary>
    public string Problem { get; }

    /// <summary>The program or function that makes the reference.</summary>
    public string? Program { get; }

    /// <summary>The index of the instruction, in 8-byte slots, within <see cref="Program"/>.</summary>
    public int? Instruction { get; }

    /// <summary>What was looked at and why it did not fit, one line each.</summary>
    public IReadOnlyList<string> Candidates { get; }

    private static string Describe(string symbol, string problem, string? program, int? instruction, IReadOnlyList<string>? candidates)
    {
        string place = (program, instruction) switch
        {
            (not null, not null) => $" (in '{program}', instruction {instruction})",
            (not null, null) => $" (in '{program}')",
            _ => "",
        };
        string tried = candidates is { Count: > 0 } ? " Candidates tried: " + string.Join("; ", candidates) + "." : "";
        return $"Cannot resolve '{symbol}'{place}: {problem}.{tried}";
    }
}
