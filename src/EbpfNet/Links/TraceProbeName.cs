using System.Globalization;

namespace EbpfNet;

/// <summary>
/// The names of this library's probes in tracefs, which tell whose they are: a group <c>ebpfnet_PID_START_NAMESPACE</c> for each process. With its start a number used again is no mistake, and
/// with the namespace of processes, which counts them, neither is the same number in a container.
/// </summary>
internal static class TraceProbeName
{
    public const string KernelFile = "kprobe_events";
    public const string UserFile = "uprobe_events";

    private const string Prefix = "ebpfnet_";
    private const ulong FirstNamespace = 0xEFFFFFFC; // PROC_PID_INIT_INO: all processes are in it, or in one below.

    private static readonly Lazy<string> Own = new(() => GroupOf(new TraceProbeOwner(Environment.ProcessId, ReadStart("self") ?? 0, ReadNamespace("self") ?? 0)));

    /// <summary>The group of this process.</summary>
    public static string OwnGroup => Own.Value;

    public static string GroupOf(TraceProbeOwner owner) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{owner.Process}_{owner.Start}_{owner.Namespace}");

    /// <summary>Takes a line of one of the files apart: <c>p:ebpfnet_7_123_4026531836/p1 do_unlinkat</c>.</summary>
    public static bool TryParse(string line, out string name, out TraceProbeOwner owner)
    {
        (name, owner) = ("", default);
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (colon < 0 || space < colon)
        {
            return false;
        }

        name = line[(colon + 1)..space];
        if (name.Split('/') is not [string group, _] || !group.StartsWith(Prefix, StringComparison.Ordinal) || group[Prefix.Length..].Split('_') is not [string first, string second, string third]
            || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            || !ulong.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
            || !ulong.TryParse(third, NumberStyles.None, CultureInfo.InvariantCulture, out ulong counts))
        {
            return false;
        }

        owner = new TraceProbeOwner(process, start, counts);
        return true;
    }

    /// <summary>Whether the process that defined a probe still runs; <see langword="null"/> where it may run unseen, in a namespace of processes that is not below this one.</summary>
    public static bool? IsRunning(TraceProbeOwner owner) => IsRunning(owner, ReadNamespace("self"));

    /// <param name="owner">The process.</param>
    /// <param name="own">The namespace of processes from which it is looked for; <see langword="null"/> where that is not known.</param>
    internal static bool? IsRunning(TraceProbeOwner owner, ulong? own)
    {
        if (own is null || own == owner.Namespace)
        {
            return ReadStart(owner.Process.ToString(CultureInfo.InvariantCulture)) == owner.Start;
        }

        bool allAreSeen = own == FirstNamespace;
        foreach (string process in Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => char.IsAsciiDigit(name[0])))
        {
            // Here it has another number; the start is the same.
            if (ReadStart(process) == owner.Start)
            {
                ulong? there = ReadNamespace(process);
                if (there == owner.Namespace)
                {
                    return true;
                }

                allAreSeen &= there is not null || ReadStart(process) is null;
            }
        }

        return allAreSeen ? false : null;
    }

    /// <summary>The namespace that counts a process; <see langword="null"/> where that may not be seen.</summary>
    private static ulong? ReadNamespace(string process)
    {
        try
        {
            // "pid:[4026531836]"
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget is ['p', 'i', 'd', ':', '[', .. string number, ']']
                && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode) ? inode : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When a process started, in ticks since the machine did; <see langword="null"/> when there is none.</summary>
    private static ulong? ReadStart(string process)
    {
        const int Field = 22 - 3;
        try
        {
            // The second field is the name in parentheses, with whatever characters.
            string text = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > Field && ulong.TryParse(fields[Field], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start) ? start : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A process that defined a probe.</summary>
/// <param name="Process">Its number.</param>
/// <param name="Start">When it started, in ticks since the machine did.</param>
/// <param name="Namespace">The namespace of processes that gave it the number; 0 where it was not known.</param>
internal readonly record struct TraceProbeOwner(int Process, ulong Start, ulong Namespace);
