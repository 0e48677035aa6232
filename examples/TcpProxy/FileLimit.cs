using System.Globalization;

namespace TcpProxy;

/// <summary>How many files, and so sockets, this process may have open. When there are no more, .NET itself cannot go on: it is not to come to that.</summary>
internal static class FileLimit
{
    private const int FilesPerConnection = 2;
    private const int OtherFiles = 1000; // listening sockets, health checks, .NET's own

    /// <summary>How many connections there is room for.</summary>
    public static int Connections => ConnectionsFor(Read());

    /// <summary>How many connections there is room for with so many files.</summary>
    internal static int ConnectionsFor(long files) => (int)Math.Min((files - Math.Min(OtherFiles, files / 2)) / FilesPerConnection, int.MaxValue);

    private static long Read()
    {
        const string Name = "Max open files";
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        string[]? columns = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // for this process, and how far it may be raised
        return columns is [var files, ..] && long.TryParse(files, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue; // "unlimited"
    }
}
