namespace EbpfNet.Tests;

/// <summary>
/// Publishes projects of this repository with NativeAOT into a folder of its own, which goes with this object; builds at the same time are not disturbed. What the projects
/// have in common is built once, and what they have not, beside each other.
/// </summary>
public sealed class NativeAotPublisher : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-aot-");

    /// <summary>Publishes projects, and fails on any warning; skips, with the reason, where the compiler or a linker is not to be had.</summary>
    /// <param name="optimize">Whether as for use. Without, the compiler analyses all the same, and warns of the same, sooner by a third.</param>
    /// <param name="projects">Their files in the repository.</param>
    public async Task PublishAsync(bool optimize, params string[] projects)
    {
        string solution = Path.Combine(_folder.FullName, "all.slnx");
        await File.WriteAllTextAsync(solution, $"<Solution>{string.Concat(projects.Select(project => $"<Project Path=\"{Path.Combine(Repository.Root, project)}\" />"))}</Solution>");
        // Of net9.0, because that is where NativeAOT's compiler package is most widely to be had; the SDK chooses the machine's architecture. Analyzers have looked at the sources
        // in every other build; what makes a program unfit for NativeAOT its compiler tells. What the projects refer to is in no solution, and is to be made like them.
        List<string> arguments = ["publish", solution, "-c", "Release", "-p:AppFramework=net9.0", "-p:PublishAot=true", "-p:RunAnalyzersDuringBuild=false", "-p:ShouldUnsetParentConfigurationAndPlatform=false"];
        if (!optimize)
        {
            arguments.AddRange("-p:Optimize=false", "-p:DebugType=none");
        }

        (int exitCode, string log) = await CommandRun.RunAsync("dotnet", [.. arguments, "--artifacts-path", _folder.FullName, "-nologo", "-nodeReuse:false"]);
        SkipWithoutCompiler(log);
        Assert.True(exitCode == 0, log);
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The executable of a published project.</summary>
    /// <param name="name">The project's name.</param>
    public string Executable(string name) => Directory.GetFiles(Path.Combine(_folder.FullName, "publish", name), name, SearchOption.AllDirectories).Single();

    public void Dispose() => _folder.Delete(recursive: true);

    private static void SkipWithoutCompiler(string log)
    {
        bool noPackage = log.Contains("NU1101", StringComparison.Ordinal) || log.Contains("NU1102", StringComparison.Ordinal);
        Skip.If(noPackage && log.Contains("ilcompiler", StringComparison.OrdinalIgnoreCase), "NativeAOT's compiler package cannot be restored here");
        Skip.If(log.Contains("NU1301", StringComparison.Ordinal), "the package source cannot be reached");
        Skip.If(log.Contains("Platform linker", StringComparison.Ordinal), "NativeAOT needs clang or gcc to link, and there is none");
    }
}
