using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>What an error code that is no answer means, in words.</summary>
internal static class FeatureReasons
{
    /// <summary>What could not be tried out, because the kernel refused for another reason than that it does not know the feature.</summary>
    /// <param name="error">What it answered.</param>
    /// <param name="required">What the attempt takes.</param>
    public static FeatureFinding Inconclusive(BpfErrno error, RequiredCapabilities required) => FeatureFinding.Unknown(error is BpfErrno.EPERM or BpfErrno.EACCES
        ? $"trying it was refused with {error}: {SyscallErrors.AdviseOnPermission(required)}"
        : error.IsOfTheMoment() ? $"trying it failed with {error}, which may be otherwise in a moment" : $"trying it failed with {error}, which says nothing about it");

    /// <summary>For probes that say no more than that they do not know.</summary>
    public static string Unexplained() => $"trying it failed: {SyscallErrors.AdviseOnPermission(new RequiredCapabilities(All, SysAdminIncludesThem: true))}";

    /// <summary>Which capabilities this process lacks for having every kind of program and helper that the kernel has; <see langword="null"/> when none.</summary>
    public static string? FindMissingCapabilities()
    {
        var all = new RequiredCapabilities(All, SysAdminIncludesThem: true);
        return OwnCapabilities.Read() is { } have && all.FindMissing(have, OwnCapabilities.AreSplit) is { Count: > 0 } missing
            ? $"this process lacks {string.Join(" and ", missing)}, without which the kernel hides it"
            : null;
    }

    /// <summary>The capabilities of <see cref="RequiredCapabilities"/> that any program may need.</summary>
    private const Capabilities All = Capabilities.Bpf | Capabilities.Perfmon | Capabilities.NetAdmin;
}
