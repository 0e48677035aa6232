namespace EbpfNet.Tests;

/// <summary>
/// Publishes projects of this repository with NativeAOT into a folder of its own, which goes with this object; builds at the same time are not disturbed. What the projects
/// have in common is built once.
/// </summary>
public sealed class NativeAotPublisher : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-aot-");

    /// <summary>Publishes a project, and fails on any warning; skips, with the reason, where the compiler or a linker is not to be had.</summary>
    /// <param name="project">Its folder in the repository.</param>
    /// <returns>The executable, which is called like the folder.</returns>
    public async Task<string> PublishAsync(string project)
    {
        // Of net9.0, because that is where NativeAOT's compiler package is most widely to be had; the SDK chooses the machine's architecture. Analyzers have looked at the sources
        // in every other build; what makes a program unfit for NativeAOT its compiler tells.
        string[] arguments = ["publish", Path.Combine(Repository.Root, project), "-p:AppFramework=net9.0", "-p:PublishAot=true", "-p:RunAnalyzersDuringBuild=false"];
        (int exitCode, string log) = await CommandRun.RunAsync("dotnet", [.. arguments, "--artifacts-path", _folder.FullName, "-nologo", "-nodeReuse:false"]);
        SkipWithoutCompiler(log);
        Assert.True(exitCode == 0, log);
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
        string name = Path.GetFileName(project);
        return Directory.GetFiles(Path.Combine(_folder.FullName, "publish", name), name, SearchOption.AllDirectories).Single();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void SkipWithoutCompiler(string log)
    {
        bool noPackage = log.Contains("NU1101", StringComparison.Ordinal) || log.Contains("NU1102", StringComparison.Ordinal);
        Skip.If(noPackage && log.Contains("ilcompiler", StringComparison.OrdinalIgnoreCase), "NativeAOT's compiler package cannot be restored here");
        Skip.If(log.Contains("NU1301", StringComparison.Ordinal), "the package source cannot be reached");
        Skip.If(log.Contains("Platform linker", StringComparison.Ordinal), "NativeAOT needs clang or gcc to link, and there is none");
    }
}
