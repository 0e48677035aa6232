using EbpfNet.Btf;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>What else the kernel has, for messages about what it does not have.</summary>
internal static class KernelNames
{
    private const string RawTracepointPrefix = "btf_trace_";

    /// <summary>The names of the running kernel's raw tracepoints; none where it does not give its types.</summary>
    public static IEnumerable<string> RawTracepoints => KernelBtf.TryOpenRunning() is { } kernel ? Find(kernel.Vmlinux, BtfKind.Typedef, RawTracepointPrefix) : [];

    /// <summary>The types of a kind whose names start in a way, without that start.</summary>
    public static IEnumerable<string> Find(BtfSpec types, BtfKind kind, string prefix)
    {
        for (int i = 0; i < types.OwnTypeCount; i++)
        {
            (uint name, uint info) = types.HeaderOfOwn(i);
            if ((BtfKind)((info >> 24) & 0x1f) == kind && types.GetString(name) is var text && text.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return text[prefix.Length..];
            }
        }
    }

    /// <summary>The nearest name as an insertion: empty when none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> candidates) =>
        NearestName.Find(name, candidates) is { } nearest ? $" (did you mean '{nearest}'?)" : "";
}
