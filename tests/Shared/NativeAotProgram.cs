using System.Diagnostics;

namespace EbpfNet.Tests;

/// <summary>A project of this repository published with NativeAOT into a folder of its own, which goes with this object; builds at the same time are not disturbed.</summary>
internal sealed class NativeAotProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-aot-");

    private NativeAotProgram()
    {
    }

    /// <summary>The executable.</summary>
    public string Path { get; private set; } = "";

    /// <summary>Publishes a project, and fails on any warning; skips, with the reason, where the compiler or a linker is not to be had.</summary>
    /// <param name="project">Its folder in the repository; the executable is called like the folder.</param>
    public static async Task<NativeAotProgram> PublishAsync(string project)
    {
        NativeAotProgram program = new();
        try
        {
            // Of net9.0, because that is where NativeAOT's compiler package is most widely to be had; the SDK chooses the machine's architecture.
            string[] arguments = ["publish", System.IO.Path.Combine(Repository.Root, project), "-p:AppFramework=net9.0", "-p:PublishAot=true"];
            (int exitCode, string log) = await RunAsync("dotnet", [.. arguments, "--artifacts-path", program._folder.FullName, "-nologo", "-nodeReuse:false"]);
            SkipWithoutCompiler(log);
            Assert.True(exitCode == 0, log);
            Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
            string published = System.IO.Path.Combine(program._folder.FullName, "publish");
            program.Path = Directory.GetFiles(published, System.IO.Path.GetFileName(project), SearchOption.AllDirectories).Single();
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Runs a program to its end: its exit code, and all that it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = new(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
            string text = await output + await errors;
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
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
