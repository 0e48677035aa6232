namespace EbpfNet.Benchmarks;

/// <summary>What was measured of a work.</summary>
/// <param name="Raw">Nanoseconds per operation in C over the bare calls, where C does it so.</param>
/// <param name="Libbpf">The same over libbpf, where it is there.</param>
/// <param name="EbpfNet">The same in EbpfNet.</param>
/// <param name="ToRaw">EbpfNet against the bare calls.</param>
/// <param name="ToLibbpf">EbpfNet against libbpf.</param>
/// <param name="Allocated">Managed bytes per operation.</param>
/// <param name="Finding">What else was found.</param>
internal sealed record Figures(double? Raw, double? Libbpf, double EbpfNet, Ratio? ToRaw, Ratio? ToLibbpf, double Allocated, Finding? Finding);

/// <summary>What else was found once all rounds were done.</summary>
/// <param name="Remark">It, in a few words for the table.</param>
/// <param name="IsBroken">Whether it breaks the bound.</param>
internal sealed record Finding(string Remark, bool IsBroken);
