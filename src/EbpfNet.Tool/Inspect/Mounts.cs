namespace EbpfNet.Tool.Inspect;

/// <summary>Where file systems are mounted, as this process sees it.</summary>
internal static class Mounts
{
    /// <summary>The folders where those of a type are mounted.</summary>
    internal static IReadOnlyList<string> Of(string type)
    {
        try
        {
            // Blanks in names are written as \040.
            return [.. File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).Where(fields => fields.Length > 2 && fields[2] == type).Select(fields => fields[1].Replace("\\040", " ", StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
