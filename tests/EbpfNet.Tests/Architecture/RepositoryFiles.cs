namespace EbpfNet.Tests.Architecture;

/// <summary>The sources of this repository, found by walking up from the test assembly.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

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

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EbpfNet.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"EbpfNet.sln was not found above {AppContext.BaseDirectory}; these tests read the repository's sources.");
    }
}
