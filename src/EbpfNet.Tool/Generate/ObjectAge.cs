using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>
/// Whether an object was compiled from its source as it is now, with what that includes. The times of files lie after a checkout, so the contents come first: an object holds the
/// text of every line that became code, and the file it stood in. Where all of those still stand there, only a file that is newer by more than a checkout takes can differ, in what
/// became no code: a map's size, for example.
/// </summary>
internal static class ObjectAge
{
    /// <summary>Files of one checkout are written within this time.</summary>
    private static readonly TimeSpan OfOneCheckout = TimeSpan.FromMinutes(1);

    /// <summary>The files whose lines became the object's code, by the names they had then: the source, and what it includes from its folder or from one of those given. The system's headers are not looked for.</summary>
    public static Dictionary<string, string> FindSources(BpfObjectSpec spec, string sourcePath, IReadOnlyList<string> includeFolders)
    {
        string[] folders = [Path.GetDirectoryName(Path.GetFullPath(sourcePath))!, .. includeFolders];
        Dictionary<string, string> found = new() { [sourcePath] = sourcePath };
        foreach (string recorded in Lines(spec).Select(line => line.FileName).Distinct())
        {
            if (Path.GetFileName(recorded) == Path.GetFileName(sourcePath))
            {
                found[recorded] = sourcePath;
            }
            else if (Endings(recorded).SelectMany(ending => folders.Select(folder => Path.Combine(folder, ending))).FirstOrDefault(File.Exists) is { } file)
            {
                found[recorded] = file;
            }
        }

        return found;
    }

    /// <summary>Why the object seems older than its sources, or <see langword="null"/>.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="objectPath">Its file.</param>
    /// <param name="sources">What <see cref="FindSources"/> found.</param>
    public static string? FindDifference(BpfObjectSpec spec, string objectPath, IReadOnlyDictionary<string, string> sources)
    {
        Dictionary<string, string[]> texts = sources.Values.Distinct().ToDictionary(file => file, File.ReadAllLines);
        foreach (BtfLineInfo line in Lines(spec).Where(line => line.Text.Length != 0 && sources.ContainsKey(line.FileName)).OrderBy(line => line.Line))
        {
            string[] lines = texts[sources[line.FileName]];
            string now = line.Line >= 1 && line.Line <= lines.Length ? lines[line.Line - 1].Trim() : "";
            if (now != line.Text.Trim())
            {
                return $"line {line.Line} of {Path.GetFileName(line.FileName)} was '{line.Text.Trim()}' when it was compiled, and is '{now}' now";
            }
        }

        return texts.Keys.FirstOrDefault(file => File.GetLastWriteTimeUtc(file) - File.GetLastWriteTimeUtc(objectPath) > OfOneCheckout) is { } later
            ? $"its lines of code are the same, but {Path.GetFileName(later)} was written later"
            : null;
    }

    private static IEnumerable<BtfLineInfo> Lines(BpfObjectSpec spec) => spec.BtfExtension?.Lines.Values.SelectMany(section => section) ?? [];

    /// <summary><c>a/b/c.h</c>, <c>b/c.h</c>, <c>c.h</c>: a name is that from the folder where it was compiled.</summary>
    private static IEnumerable<string> Endings(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Enumerable.Range(0, parts.Length).Select(first => string.Join('/', parts[first..]));
    }
}
