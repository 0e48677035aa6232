using System.Globalization;
using System.Text.RegularExpressions;

namespace EbpfNet.Kernel;

/// <summary>What the kernel says it is. Only for requests and programs that have to name it: what it can do is found out by trying.</summary>
internal static partial class RunningKernel
{
    /// <summary>The kernel's name for its version and build, <c>uname -r</c>: <c>6.1.0-18-amd64</c>.</summary>
    public static string Release { get; } = TryRead("/proc/sys/kernel/osrelease") ?? Environment.OSVersion.Version.ToString();

    /// <summary><c>LINUX_VERSION_CODE</c>, which kernels before 5.0 compare with what a kprobe program was made for.</summary>
    public static uint VersionCode { get; } = FindVersionCode(TryRead("/proc/version_signature"), TryRead("/proc/sys/kernel/version") ?? "", Release);

    /// <summary>
    /// The version that the kernel was built from. Ubuntu's release ends in a number of its own and Debian's in 0: the upstream one stands
    /// elsewhere.
    /// </summary>
    /// <param name="signature">Ubuntu's <c>/proc/version_signature</c>: <c>Ubuntu 5.4.0-12.15-generic 5.4.8</c>.</param>
    /// <param name="build"><c>uname -v</c>: <c>#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)</c>.</param>
    /// <param name="release"><c>uname -r</c>.</param>
    internal static uint FindVersionCode(string? signature, string build, string release) =>
        (signature is null ? null : ToCode(Signature().Match(signature))) ?? ToCode(DebianBuild().Match(build)) ?? ToCode(AtStart().Match(release)) ?? 0;

    private static uint? ToCode(Match match) =>
        match.Success
        && TryParse(match.Groups[1], out uint major)
        && TryParse(match.Groups[2], out uint minor)
        && TryParse(match.Groups[3], out uint patch)
            ? (major << 16) + (minor << 8) + Math.Min(patch, byte.MaxValue)
            : null;

    private static bool TryParse(Group group, out uint number) => uint.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number);

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

    [GeneratedRegex(@"^\S+\s+\S+\s+(\d+)\.(\d+)\.(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Signature();

    [GeneratedRegex(@"Debian (\d+)\.(\d+)\.(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex DebianBuild();

    [GeneratedRegex(@"^(\d+)\.(\d+)\.(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex AtStart();
}
