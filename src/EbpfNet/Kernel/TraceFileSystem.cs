using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.Kernel;

/// <summary>The kernel's file system of tracepoints and probes (tracefs), wherever it is mounted, and where it is not.</summary>
internal static class TraceFileSystem
{
    /// <summary>What to do where it is not mounted, and this process may not do so for itself.</summary>
    public const string Advice = "tracefs is not mounted, or may not be read by this process: 'mount -t tracefs tracefs /sys/kernel/tracing' as root";

    private const string MountsFile = "/proc/self/mounts";

    private static readonly string[] UsualFolders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    private static readonly Lock Gate = new();

    private static SafeFileHandle? _own;

    /// <summary>Its folder, looked for now: where it is mounted, else one of this process's own; <see langword="null"/> where it may not be read, nor mounted.</summary>
    public static string? Find() => Find(Directory.Exists, ReadMounts) ?? FindOwn();

    /// <param name="exists">Whether there is a folder.</param>
    /// <param name="mounts">What is mounted, in the form of <c>/proc/self/mounts</c>; only asked where the usual places are empty.</param>
    internal static string? Find(Func<string, bool> exists, Func<IEnumerable<string>> mounts) => UsualFolders
        .Concat(mounts().Select(MountPoint).OfType<string>())
        .FirstOrDefault(folder => exists(folder + "/events"));

    /// <summary>The number of a tracepoint or of a probe that was defined; <see langword="null"/> where there is none.</summary>
    public static ulong? ReadEventId(string folder, string category, string name)
    {
        try
        {
            return ulong.TryParse(File.ReadAllText($"{folder}/events/{category}/{name}/id"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out ulong id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The names of the folders within a folder; none where it is not there.</summary>
    public static IEnumerable<string> ReadFolders(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The lines of one of its files; none where that is not there.</summary>
    public static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Nobody else sees it: nothing on the machine is changed.</summary>
    private static string? FindOwn()
    {
        lock (Gate)
        {
            _own ??= DetachedMount.TryMake("tracefs\0"u8);
            return _own is null ? null : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_own.DangerousGetHandle()}");
        }
    }

    private static string[] ReadMounts() => ReadLines(MountsFile);

    private static string? MountPoint(string line) =>
        line.Split(' ') is [_, string folder, "tracefs", ..] ? folder.Replace("\\040", " ", StringComparison.Ordinal) : null;
}
