using System.Text.Json;
using EbpfNet.Abi;

namespace EbpfNet.ExampleTests.Tool;

/// <summary><c>ebpfnet features</c>, started as a user starts it.</summary>
public sealed class FeaturesTests
{
    private static readonly string[] Groups = ["features", "program_types", "map_types", "attach_types", "link_types", "btf_kinds"];

    [SkippableFact]
    public async Task The_table_has_a_line_for_every_answer_and_every_reason_once()
    {
        Requires.Bpf();

        (int exitCode, string output, string errors) = await FeaturesAsync();

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => Words(line) is ["ringbuf", "yes"]);
        Assert.Contains(lines, line => Words(line) is ["bounded_loops", "yes"]);
        Assert.Contains(lines, line => Words(line) is ["release", var release] && release == KernelSettings.Read().Release);
        Assert.Equal(["KERNEL", "FEATURES", "PROGRAM TYPES", "MAP TYPES", "ATTACH TYPES", "LINK TYPES", "BTF KINDS"], lines.Where(line => char.IsUpper(line[0])));
        string[] notes = [.. lines.Where(line => line[0] == '[').Select(line => line[(line.IndexOf(' ') + 1)..])];
        Assert.Equal(notes.Distinct(), notes);
    }

    [SkippableFact]
    public async Task The_line_of_JSON_has_what_is_promised_and_says_what_the_library_says()
    {
        Requires.Bpf();

        (int exitCode, string output, string errors) = await FeaturesAsync("--json");

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        using JsonDocument line = JsonDocument.Parse(output);
        JsonElement root = line.RootElement;
        Assert.Equal(["kernel", .. Groups, "reasons"], root.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            ["release", "version", "unprivileged", "jit", "jit_hardened", "statistics", "lockdown", "security_modules"],
            root.GetProperty("kernel").EnumerateObject().Select(member => member.Name));
        Assert.All(Groups, group => Assert.All(root.GetProperty(group).EnumerateObject(), answer => Assert.Contains(answer.Value.GetString(), (string[])["yes", "no", "unknown"])));
        Assert.Equal(Say(KernelFeatures.HasMapType(BpfMapType.Arena)), root.GetProperty("map_types").GetProperty("arena").GetString());
        Assert.Equal(Say(KernelFeatures.HasProgramType(BpfProgramType.Netfilter)), root.GetProperty("program_types").GetProperty("netfilter").GetString());
        Assert.Equal(Say(KernelFeatures.HasAttachType(BpfAttachType.TcxIngress)), root.GetProperty("attach_types").GetProperty("tcx_ingress").GetString());
        Assert.Equal(Say(KernelFeatures.HasLinkType(BpfLinkType.Xdp)), root.GetProperty("link_types").GetProperty("xdp").GetString());
        Assert.Equal(Say(KernelFeatures.Has(KernelFeature.InstructionSetV4)), root.GetProperty("features").GetProperty("instruction_set_v4").GetString());
        Assert.All(
            Groups.SelectMany(group => root.GetProperty(group).EnumerateObject().Where(answer => answer.Value.GetString() == "unknown").Select(answer => $"{group}.{answer.Name}")),
            unknown => Assert.NotEqual("", root.GetProperty("reasons").GetProperty(unknown).GetString()));
    }

    [SkippableFact]
    public async Task Helpers_are_told_by_type_of_program()
    {
        Requires.Bpf();

        (_, string output, _) = await FeaturesAsync("--json", "--helpers");
        (_, string table, _) = await FeaturesAsync("--helpers");

        using JsonDocument line = JsonDocument.Parse(output);
        JsonElement helpers = line.RootElement.GetProperty("helpers");
        Assert.Equal("yes", helpers.GetProperty("xdp").GetProperty("xdp_adjust_head").GetString());
        Assert.Equal("no", helpers.GetProperty("socket_filter").GetProperty("xdp_adjust_head").GetString());
        Assert.False(helpers.GetProperty("kprobe").TryGetProperty("probe_write_user", out _)); // Trying it writes to the kernel's log.
        Assert.Contains("\nHELPERS\n  socket_filter (", table, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_privileges_it_says_that_it_does_not_know_and_why()
    {
        Requires.Bpf();
        string[] asNobody = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]; // Root without capabilities: it may read the tool, wherever it is.

        await using ExampleProcess features = ExampleProcess.Start("EbpfNet.Tool", ["features"], through: asNobody);
        (int exitCode, string output, _) = await features.ExitAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains(output.Split('\n'), line => Words(line) is ["arena", "not", "known", ..]);
        Assert.Contains("This process lacks", output, StringComparison.Ordinal);

        await using ExampleProcess json = ExampleProcess.Start("EbpfNet.Tool", ["features", "--json", "--helpers"], through: asNobody);
        (exitCode, output, _) = await json.ExitAsync();
        Assert.Equal(0, exitCode);
        using JsonDocument line = JsonDocument.Parse(output);
        Assert.Equal("unknown", line.RootElement.GetProperty("helpers").GetProperty("xdp").GetProperty("xdp_adjust_head").GetString());
        Assert.Contains("This process lacks", line.RootElement.GetProperty("reasons").GetProperty("helpers.xdp.xdp_adjust_head").GetString(), StringComparison.Ordinal);
    }

    private static string Say(FeatureSupport support) => support.State switch { FeatureState.Present => "yes", FeatureState.Missing => "no", _ => "unknown" };

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(int ExitCode, string Output, string Errors)> FeaturesAsync(params string[] arguments)
    {
        await using ExampleProcess features = ExampleProcess.Start("EbpfNet.Tool", ["features", .. arguments]);
        return await features.ExitAsync();
    }
}
