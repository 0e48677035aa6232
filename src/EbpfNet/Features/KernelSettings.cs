using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Which kernel this is, and how it is set for BPF. What it says may change at any time: read it when it is needed. What cannot be read is <see langword="null"/>.</summary>
public sealed record KernelSettings
{
    private const string NetworkSettings = "/proc/sys/net/core";

    private KernelSettings()
    {
    }

    /// <summary>The kernel's name for its version and build (<c>uname -r</c>): <c>6.1.0-18-amd64</c>.</summary>
    public string Release { get; private init; } = "";

    /// <summary>The version that it was built from, where distributions number theirs in another way too. Not for deciding what it can do: <see cref="KernelFeatures"/> tells.</summary>
    public Version Version { get; private init; } = new();

    /// <summary>Whether processes without capabilities may load programs of some types (<c>kernel.unprivileged_bpf_disabled</c> is 0).</summary>
    public bool? AllowsUnprivileged { get; private init; }

    /// <summary>Whether programs are compiled to the processor's instructions (<c>net.core.bpf_jit_enable</c>); told to root, in the first network namespace.</summary>
    public bool? UsesJit { get; private init; }

    /// <summary>Whether the constants of programs are hidden from those who would abuse them (<c>net.core.bpf_jit_harden</c>), at some cost.</summary>
    public bool? HardensJit { get; private init; }

    /// <summary>Whether runs of programs are counted and timed (<c>kernel.bpf_stats_enabled</c>).</summary>
    public bool? CollectsStatistics { get; private init; }

    /// <summary>How far the kernel protects itself.</summary>
    public KernelLockdown? Lockdown { get; private init; }

    /// <summary>The security modules that are in force, in order (<c>/sys/kernel/security/lsm</c>); LSM programs run if <c>bpf</c> is among them.</summary>
    public IReadOnlyList<string>? SecurityModules { get; private init; }

    /// <summary>Reads them now.</summary>
    public static KernelSettings Read()
    {
        uint code = RunningKernel.VersionCode;
        return new KernelSettings
        {
            Release = RunningKernel.Release,
            Version = new Version((int)(code >> 16), (int)(code >> 8 & 0xff), (int)(code & 0xff)),
            AllowsUnprivileged = !IsSet("/proc/sys/kernel/unprivileged_bpf_disabled"),
            UsesJit = IsSet($"{NetworkSettings}/bpf_jit_enable"),
            HardensJit = IsSet($"{NetworkSettings}/bpf_jit_harden"),
            CollectsStatistics = IsSet("/proc/sys/kernel/bpf_stats_enabled"),
            Lockdown = ParseLockdown(TryRead("/sys/kernel/security/lockdown")),
            SecurityModules = TryRead("/sys/kernel/security/lsm")?.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };
    }

    /// <summary>The mode that stands in brackets: <c>none [integrity] confidentiality</c>.</summary>
    internal static KernelLockdown? ParseLockdown(string? text) =>
        text is null ? null
        : text.Contains("[none]", StringComparison.Ordinal) ? KernelLockdown.None
        : text.Contains("[integrity]", StringComparison.Ordinal) ? KernelLockdown.Integrity
        : text.Contains("[confidentiality]", StringComparison.Ordinal) ? KernelLockdown.Confidentiality
        : null;

    private static bool? IsSet(string path) => TryRead(path) is { Length: > 0 } value ? value != "0" : null;

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
