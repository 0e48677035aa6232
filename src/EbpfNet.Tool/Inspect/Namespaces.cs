using System.Globalization;

namespace EbpfNet.Tool.Inspect;

/// <summary>The network namespaces of this machine that have a name or a process, as far as this one sees them, by the kernel's numbers for them.</summary>
internal sealed class Namespaces
{
    private const string Named = "/run/netns";
    private const string Own = "/proc/self/ns/net";

    private readonly Dictionary<ulong, (string Path, string Text)> _found = [];

    private Namespaces()
    {
    }

    /// <summary>Looks for them: first its own, then those with names, then those of processes.</summary>
    internal static Namespaces Find()
    {
        Namespaces found = new();
        found.AddProcess("self", "this one");
        if (Directory.Exists(Named))
        {
            foreach (string path in Directory.EnumerateFiles(Named))
            {
                found.AddNamed(path);
            }
        }

        foreach (string process in Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => char.IsAsciiDigit(name[0])))
        {
            found.AddProcess(process, $"that of process {process}");
        }

        return found;
    }

    /// <summary>The files that stand for them, which are names in the folder of named ones where they have one.</summary>
    internal IEnumerable<string> Paths => _found.Values.Select(space => space.Path);

    /// <summary>One for people: "this one", "that of process 12"; <see langword="null"/> where it is not seen.</summary>
    internal string? Describe(ulong inode) => _found.TryGetValue(inode, out (string Path, string Text) space) ? space.Text : null;

    private void AddNamed(string path)
    {
        try
        {
            using BpfNetworkNamespace space = BpfNetworkNamespace.Open(path);
            _found.TryAdd(space.Id, (path, $"'{Path.GetFileName(path)}'"));
        }
        catch (BpfException)
        {
            // A name that stands for nothing any more.
        }
    }

    private void AddProcess(string process, string text)
    {
        try
        {
            string path = process == "self" ? Own : $"/proc/{process}/ns/net";
            if (new FileInfo(path).LinkTarget is ['n', 'e', 't', ':', '[', .. string number, ']'] && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
            {
                _found.TryAdd(inode, (path, text));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended, or not for this process to see.
        }
    }
}
