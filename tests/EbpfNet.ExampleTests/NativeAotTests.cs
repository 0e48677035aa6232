using EbpfNet.ExampleTests.TcpRtt;
using EbpfNet.Tests;

namespace EbpfNet.ExampleTests;

/// <summary>What is published with NativeAOT, without a warning, works as otherwise.</summary>
public sealed class NativeAotTests(NativePrograms programs) : IClassFixture<NativePrograms>
{
    [SkippableTheory]
    [InlineData("GeoIp")]
    [InlineData("HttpMetrics")]
    [InlineData("TcpProxy")]
    [InlineData("TcpRtt")]
    [InlineData("XdpDrop")]
    public async Task An_example_shows_its_help_and_the_demo_that_its_page_shows(string example)
    {
        string published = await programs.PublishedAsync(example);

        foreach (string[] asked in (string[][])[["--help"], ["run", "--help"]])
        {
            await using ExampleProcess help = ExampleProcess.StartNative(published, asked);
            (int exitCode, string output, string errors) = await help.ExitAsync();
            Assert.Equal("", errors);
            Assert.Contains(asked.Length == 1 ? "demo" : "--listen", output, StringComparison.Ordinal);
            Assert.Equal(0, exitCode);
        }

        Requires.Bpf();
        string[] listen = example == "TcpRtt" ? ["--listen", $"127.0.0.1:{WatchedHost.FreePort()}"] : [];
        await using ExampleProcess demo = ExampleProcess.StartNative(published, ["demo", .. listen]);
        (int ended, string said, string complaints) = await demo.ExitAsync();
        Assert.Equal("", complaints);
        string page = Repository.Read($"examples/{example}/README.md");
        Assert.Equal(Steps(page), Steps(said));
        Assert.EndsWith($"\nAll {Steps(said).Count()} steps went as expected.\n", said, StringComparison.Ordinal);
        Assert.Contains($"\nAll {Steps(said).Count()} steps went as expected.\n", page, StringComparison.Ordinal);
        Assert.Equal(0, ended);
    }

    [SkippableFact]
    public async Task The_tool_checks_objects_tells_features_and_shows_what_is_loaded()
    {
        string published = await programs.PublishedAsync("EbpfNet.Tool");
        Requires.Bpf();
        string good = Path.Combine(Repository.Root, "tests/bpf/core_many.bpf.o");

        await using ExampleProcess check = ExampleProcess.StartNative(published, "check", "--each", "--json", good, Repository.Root);
        (int exitCode, string output, string errors) = await check.ExitAsync();

        Assert.Equal("", errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($$"""{"object":"{{good}}","open":"ok","load_all":"ok",""", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"open\":\"unreadable\"", lines[1], StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        await LookAsync(published);

        await using ExampleProcess features = ExampleProcess.StartNative(published, "features", "--json", "--helpers");
        (exitCode, output, errors) = await features.ExitAsync();

        Assert.Equal("", errors);
        Assert.Contains("\"map_types\":{\"hash\":\"yes\",", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    /// <summary>What a transcript says was done and looked at; what was seen there differs each time.</summary>
    private static IEnumerable<string> Steps(string transcript) =>
        transcript.Split('\n').Where(line => line.StartsWith("ok  ", StringComparison.Ordinal)).Select(line => line[..Math.Min(line.Length, "ok     ".Length + 40 + 24)]);

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
