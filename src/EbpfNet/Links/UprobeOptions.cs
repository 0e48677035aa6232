namespace EbpfNet;

/// <summary>Where in a program or library a program is attached, and for whom.</summary>
public sealed record UprobeOptions
{
    /// <summary>
    /// The function, by its name in the file's tables or in those of its separate debug file: <c>malloc</c>, <c>memcpy@GLIBC_2.2.5</c> for one version of several, <c>_ZN3foo3barEv</c> as compilers
    /// write C++. <see langword="null"/> where <see cref="Offset"/> alone says it.
    /// </summary>
    public string? Function { get; init; }

    /// <summary>The distance from the start of the function; without <see cref="Function"/>, the place in the file. In bytes.</summary>
    public ulong Offset { get; init; }

    /// <summary>When the function returns, rather than when it is entered (a uretprobe).</summary>
    public bool Return { get; init; }

    /// <summary>Only in this process; <see langword="null"/>, the default, in all that have the file loaded, now or later.</summary>
    public int? ProcessId { get; init; }

    /// <summary>A number that the program is told by <c>bpf_get_attach_cookie</c> (Linux 5.15).</summary>
    public ulong? Cookie { get; init; }

    /// <summary>The place in the file of a 16-bit counter that is raised as long as somebody watches (Linux 4.20): a USDT probe's semaphore. 0 for none.</summary>
    public ulong ReferenceCounterOffset { get; init; }
}
