using System.Globalization;

namespace EbpfNet.Kernel;

/// <summary>The kernel's source of perf events for probes on its own functions, or on those of programs (a PMU: <c>kprobe</c>, <c>uprobe</c>).</summary>
internal sealed class ProbeUnit(string name)
{
    public static readonly ProbeUnit Kernel = new("kprobe");

    public static readonly ProbeUnit User = new("uprobe");

    private const string Devices = "/sys/bus/event_source/devices";

    private string Folder => $"{Devices}/{name}";

    public FeatureAnswer IsThere() =>
        ReadType() is not null ? FeatureAnswer.Yes : Directory.Exists(Devices) ? FeatureAnswer.No : FeatureAnswer.Inconclusive;

    /// <summary>The number of its kind of event, which differs from boot to boot; <see langword="null"/> where there is none.</summary>
    public uint? ReadType() => uint.TryParse(ReadLine($"{Folder}/type"), NumberStyles.None, CultureInfo.InvariantCulture, out uint type) ? type : null;

    /// <summary>The value of <c>config</c> that asks for the return of a function.</summary>
    public ulong ReadReturnBit() => FirstBit(ReadLine($"{Folder}/format/retprobe")) is int bit ? 1UL << bit : 1;

    /// <summary>Where in <c>config</c> the offset of a counter of those who watch begins; <see langword="null"/> before Linux 4.20.</summary>
    public int? ReadReferenceCounterBit() => FirstBit(ReadLine($"{Folder}/format/ref_ctr_offset"));

    /// <summary>The first bit of a format such as <c>config:32-63</c>.</summary>
    internal static int? FirstBit(string? format)
    {
        const string Config = "config:";
        if (format is null || !format.StartsWith(Config, StringComparison.Ordinal))
        {
            return null;
        }

        ReadOnlySpan<char> bits = format.AsSpan(Config.Length);
        int end = bits.IndexOfAny('-', ',');
        return int.TryParse(end < 0 ? bits : bits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int bit) && bit < 64 ? bit : null;
    }

    private static string? ReadLine(string path)
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
