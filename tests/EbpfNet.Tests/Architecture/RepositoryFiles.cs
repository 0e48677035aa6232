namespace EbpfNet.Tests.Architecture;

/// <summary>The sources of this repository.</summary>
internal static class RepositoryFiles
{
    public static string Root => Repository.Root;

    /// <summary>The C# files that people write below a folder of the repository.</summary>
    public static IEnumerable<string> CSharp(string folder)
    {
        string root = Path.Combine(Root, folder);
        return Directory.Exists(root)
            ? Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => IsHandWritten(Path.GetRelativePath(root, file))).Order(StringComparer.Ordinal)
            : [];
    }

    private static bool IsHandWritten(string relativePath) =>
        !relativePath.EndsWith(".g.cs", StringComparison.Ordinal) && !relativePath.Split('/').Any(part => part is "bin" or "obj");
}
