namespace EbpfNet;

/// <summary>How a program is attached to many functions of the kernel.</summary>
public sealed record KprobeMultiOptions
{
    /// <summary>When the functions return, rather than when they are entered. Not for sessions, which see both.</summary>
    public bool Return { get; init; }

    /// <summary>Gives the number that the program is told by <c>bpf_get_attach_cookie</c> in a function; <see langword="null"/> for none.</summary>
    public Func<string, ulong>? Cookie { get; init; }
}
