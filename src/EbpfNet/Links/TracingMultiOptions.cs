namespace EbpfNet;

/// <summary>How a program is attached to many functions of the kernel by trampolines.</summary>
public sealed record TracingMultiOptions
{
    /// <summary>Gives the number that the program is told by <c>bpf_get_attach_cookie</c> in a function; <see langword="null"/> for none.</summary>
    public Func<string, ulong>? Cookie { get; init; }
}
