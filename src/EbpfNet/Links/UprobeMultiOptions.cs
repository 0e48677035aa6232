namespace EbpfNet;

/// <summary>How a program is attached to many functions of a program or library.</summary>
public sealed record UprobeMultiOptions
{
    /// <summary>When the functions return, rather than when they are entered. Not for sessions, which see both.</summary>
    public bool Return { get; init; }

    /// <summary>Only in this process; <see langword="null"/>, the default, in all that have the file loaded, now or later.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Gives the number that the program is told by <c>bpf_get_attach_cookie</c> in a function; <see langword="null"/> for none.</summary>
    public Func<string, ulong>? Cookie { get; init; }
}
