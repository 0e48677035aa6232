using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DemoNetwork;
using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.Tool;

/// <summary>What tests of the commands that look at the machine share: test objects, and the commands run as a user runs them.</summary>
internal static class InspectedMachine
{
    /// <summary>Loads a test object, with one program only if that is named.</summary>
    internal static BpfObject Load(string name, string? only = null)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(Path.Combine(Repository.Root, "tests", "bpf", $"{name}.bpf.o"));
        foreach (BpfProgramSpec program in spec.Programs)
        {
            program.AutoLoad = only is null ? program.AutoLoad : program.Name == only;
        }

        return BpfObject.Load(spec);
    }

    internal static Task<string> DumpAsync(BpfObject loaded, string map, params string[] options) => TextAsync(["map", "dump", Number(loaded.Maps[map].Id), .. options]);

    internal static bool Is(JsonElement fact, string kind, uint id) => Text(fact, "kind") == kind && fact.GetProperty("id").GetUInt32() == id;

    internal static string? Text(JsonElement fact, string name) => fact.GetProperty(name).GetString();

    internal static string Number(uint id) => id.ToString(CultureInfo.InvariantCulture);

    internal static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal static Task<string> TextAsync(params string[] arguments) => RunAsync(null, arguments);

    internal static Task<JsonElement[]> JsonAsync(params string[] arguments) => JsonAsync(null, arguments);

    internal static async Task<JsonElement[]> JsonAsync(NetworkHost? host, params string[] arguments) =>
        [.. (await RunAsync(host, arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    internal static void Run(string command, string arguments)
    {
        using Process process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    internal static async Task<string> RunAsync(NetworkHost? host, string[] arguments)
    {
        await using ExampleProcess tool = ExampleProcess.Start("EbpfNet.Tool", arguments, host);
        (int exitCode, string output, string errors) = await tool.ExitAsync();
        Assert.Equal(("", 0), (errors, exitCode));
        return output;
    }

    internal static Task<string> FailAsync(int expected, params string[] arguments) => FailAsync(null, expected, arguments);

    internal static async Task<string> FailAsync(NetworkHost? host, int expected, params string[] arguments)
    {
        await using ExampleProcess tool = ExampleProcess.Start("EbpfNet.Tool", arguments, host);
        (int exitCode, string output, string errors) = await tool.ExitAsync();
        Assert.Equal(("", expected), (output, exitCode));
        return errors;
    }
}
