using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.Tool;

public sealed class NativeAotTests
{
    [SkippableFact]
    public async Task Published_with_NativeAOT_without_a_warning_it_checks_objects_and_tells_features()
    {
        using NativeAotProgram published = await NativeAotProgram.PublishAsync("src/EbpfNet.Tool");
        Requires.Bpf();
        string good = Path.Combine(Repository.Root, "tests/bpf/core_many.bpf.o");

        await using ExampleProcess check = ExampleProcess.StartNative(published.Path, "check", "--each", "--json", good, Repository.Root);
        (int exitCode, string output, string errors) = await check.ExitAsync();

        Assert.Equal("", errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($$"""{"object":"{{good}}","open":"ok","load_all":"ok",""", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"open\":\"unreadable\"", lines[1], StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        await LookAsync(published.Path);

        await using ExampleProcess features = ExampleProcess.StartNative(published.Path, "features", "--json", "--helpers");
        (exitCode, output, errors) = await features.ExitAsync();

        Assert.Equal("", errors);
        Assert.Contains("\"map_types\":{\"hash\":\"yes\",", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static async Task LookAsync(string tool)
    {
        using BpfObject loaded = BpfObject.Load(BpfObjectSpec.ReadFile(Path.Combine(Repository.Root, "tests/bpf/maps_basic.bpf.o")));
        BpfProgram program = loaded.Programs["touch_maps"];
        program.TestRun(new BpfTestRun(new byte[64]));

        await using ExampleProcess list = ExampleProcess.StartNative(tool, "list", "--json");
        await using ExampleProcess dump = ExampleProcess.StartNative(tool, "map", "dump", "--json", $"{loaded.Maps["hash_map"].Id}");
        await using ExampleProcess code = ExampleProcess.StartNative(tool, "prog", "dump", "xlated", $"{program.Id}");

        Assert.Contains($"\"kind\":\"prog\",\"id\":{program.Id},\"type\":\"xdp\",\"name\":\"touch_maps\"", (await list.ExitAsync()).Output, StringComparison.Ordinal);
        Assert.StartsWith("""{"key":{"left":1,"right":2},"value":{"hits":1,""", (await dump.ExitAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(program.DumpXlated(), (await code.ExitAsync()).Output);
    }
}
