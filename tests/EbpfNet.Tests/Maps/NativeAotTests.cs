using System.Diagnostics;
using EbpfNet.AotTests;
using EbpfNet.Tests.Architecture;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Maps;

public class NativeAotTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [SkippableFact]
    public async Task Layouts_are_found_with_NativeAOT_as_under_the_JIT_and_publishing_warns_of_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("ebpfnet-aot-").FullName;
        try
        {
            string project = Path.Combine(RepositoryFiles.Root, "tests", "EbpfNet.AotTests");
            string runtime = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier.Contains("arm64", StringComparison.Ordinal) ? "linux-arm64" : "linux-x64";
            (int published, string log) = await RunAsync("dotnet", "publish", project, "-c", "Release", "-r", runtime, "-p:AppFramework=net9.0", "-p:PublishAot=true", "--artifacts-path", folder, "-nologo", "-nodeReuse:false");
            SkipWithoutCompiler(log);
            Assert.True(published == 0, log);
            Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);

            string program = Directory.GetFiles(Path.Combine(folder, "publish"), "EbpfNet.AotTests", SearchOption.AllDirectories).Single();
            (int ended, string output) = await RunAsync(program, Path.Combine(TestObjects.Folder, "layouts.bpf.o"));
            Assert.True(ended == 0, output);
            Assert.Equal(Expected(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Expected()
    {
        yield return "dynamic code: False";
        foreach ((string name, string outcome) in LayoutCases.Run(TestObjects.Read("layouts")))
        {
            yield return $"{name}: {(name == LayoutCases.SeenByTheJitOnly ? "fits" : outcome)}";
        }

        yield return $"maps: {MapCases.Run()}";
    }

    private static void SkipWithoutCompiler(string log)
    {
        bool noPackage = log.Contains("NU1101", StringComparison.Ordinal) || log.Contains("NU1102", StringComparison.Ordinal) || log.Contains("NU1301", StringComparison.Ordinal);
        Skip.If(noPackage && log.Contains("ilcompiler", StringComparison.OrdinalIgnoreCase), "NativeAOT's compiler package cannot be restored here");
        Skip.If(log.Contains("NU1301", StringComparison.Ordinal), "the package source cannot be reached");
        Skip.If(log.Contains("Platform linker", StringComparison.Ordinal), "NativeAOT needs clang or gcc to link, and there is none");
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Patience);
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
}
