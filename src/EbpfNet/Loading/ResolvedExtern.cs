using EbpfNet.Btf;

namespace EbpfNet.Loading;

/// <summary>What the kernel has for an extern. One that is weak and missing is neither found nor a problem.</summary>
internal sealed record ResolvedExtern
{
    /// <summary>Why programs that need it cannot be loaded, as <see cref="BpfRelocationException"/> takes it.</summary>
    public string? Problem { get; init; }

    /// <summary>Why it counts as missing although the kernel has something of the name.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the kernel has it.</summary>
    public bool IsFound { get; init; }

    /// <summary>Its address, when it was looked up by that.</summary>
    public ulong Address { get; init; }

    /// <summary>Its variable or function in BTF, when it was looked up there.</summary>
    public BtfTypeId Type { get; init; }

    /// <summary>The module whose BTF that is; <see langword="null"/> for the kernel's own.</summary>
    public string? Module { get; init; }
}
