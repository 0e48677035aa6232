using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>
/// Whether an object was compiled from its source as it is now. The times of files lie after a checkout, so the contents come first: an object holds the text of every line that
/// became code. Where all of those still stand in the source, only a source that is newer by more than a checkout takes can differ, in what became no code: a map's size, for example.
/// </summary>
internal static class ObjectAge
{
    /// <summary>Files of one checkout are written within this time.</summary>
    private static readonly TimeSpan OfOneCheckout = TimeSpan.FromMinutes(1);

    /// <summary>Why the object seems older than its source, or <see langword="null"/>.</summary>
    public static string? FindDifference(BpfObjectSpec spec, string objectPath, string sourcePath)
    {
        string name = Path.GetFileName(sourcePath);
        string[] lines = File.ReadAllLines(sourcePath);
        IEnumerable<BtfLineInfo> recorded = spec.BtfExtension?.Lines.Values.SelectMany(section => section) ?? [];
        foreach (BtfLineInfo line in recorded.Where(line => line.Text.Length != 0 && Path.GetFileName(line.FileName) == name).OrderBy(line => line.Line))
        {
            string now = line.Line >= 1 && line.Line <= lines.Length ? lines[line.Line - 1].Trim() : "";
            if (now != line.Text.Trim())
            {
                return $"line {line.Line} was '{line.Text.Trim()}' when it was compiled, and is '{now}' now";
            }
        }

        return File.GetLastWriteTimeUtc(sourcePath) - File.GetLastWriteTimeUtc(objectPath) > OfOneCheckout
            ? "its lines of code are the same, but the source was written later"
            : null;
    }
}
