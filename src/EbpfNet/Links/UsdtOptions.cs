namespace EbpfNet;

/// <summary>For whom a program watches a USDT probe.</summary>
public sealed record UsdtOptions
{
    /// <summary>Only in this process; <see langword="null"/>, the default, in all that have the file loaded, now or later. Kernels before 5.15 need it for what is not loaded at a fixed address.</summary>
    public int? ProcessId { get; init; }

    /// <summary>A number that the program is told by <c>bpf_usdt_cookie</c>.</summary>
    public ulong Cookie { get; init; }
}
