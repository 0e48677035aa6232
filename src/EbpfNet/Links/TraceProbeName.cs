using System.Globalization;

namespace EbpfNet;

/// <summary>The names of this library's probes in tracefs, which tell whose they are: a group <c>ebpfnet_PID_START</c> for each process, so that a number used again is no mistake.</summary>
internal static class TraceProbeName
{
    public const string KernelFile = "kprobe_events";
    public const string UserFile = "uprobe_events";

    private const string Prefix = "ebpfnet_";

    private static readonly Lazy<string> Own = new(() => GroupOf(Environment.ProcessId, ReadStart(Environment.ProcessId) ?? 0));

    /// <summary>The group of this process.</summary>
    public static string OwnGroup => Own.Value;

    public static string GroupOf(int process, ulong start) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}_{start}");

    /// <summary>Takes a line of one of the files apart: <c>p:ebpfnet_7_123/p1 do_unlinkat</c>.</summary>
    public static bool TryParse(string line, out string name, out int process, out ulong start)
    {
        (name, process, start) = ("", 0, 0);
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (colon < 0 || space < colon)
        {
            return false;
        }

        name = line[(colon + 1)..space];
        return name.Split('/') is [string group, _] && group.StartsWith(Prefix, StringComparison.Ordinal) && group[Prefix.Length..].Split('_') is [string first, string second]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out process)
            && ulong.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out start);
    }

    /// <summary>Whether the process that defined a probe still runs.</summary>
    public static bool IsRunning(int process, ulong start) => ReadStart(process) == start;

    /// <summary>When a process started, in ticks since the machine did; <see langword="null"/> when there is none.</summary>
    private static ulong? ReadStart(int process)
    {
        const int Field = 22 - 3;
        try
        {
            // The second field is the name in parentheses, with whatever characters.
            string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > Field && ulong.TryParse(fields[Field], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start) ? start : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
