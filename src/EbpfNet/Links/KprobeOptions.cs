namespace EbpfNet;

/// <summary>Where in a function of the kernel a program is attached.</summary>
public sealed record KprobeOptions
{
    /// <summary>The distance from the start of the function in bytes; it has to be that of an instruction. Not beside <see cref="Return"/>.</summary>
    public ulong Offset { get; init; }

    /// <summary>When the function returns, rather than when it is entered (a kretprobe).</summary>
    public bool Return { get; init; }

    /// <summary>A number that the program is told by <c>bpf_get_attach_cookie</c> (Linux 5.15).</summary>
    public ulong? Cookie { get; init; }

    /// <summary>How many calls of the function may be under way at a time for their returns to be seen; <see langword="null"/> for what the kernel chooses by its CPUs. Only beside <see cref="Return"/>; it is tracefs that takes it.</summary>
    public int? MaxActive { get; init; }
}
