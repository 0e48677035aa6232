using System.Text.Json;
using DemoNetwork;
using static EbpfNet.ExampleTests.Tool.InspectedMachine;

namespace EbpfNet.ExampleTests.Tool;

/// <summary>The commands that look at the machine, started as a user starts them, on objects that this process has loaded.</summary>
public sealed class InspectTests
{
    private static readonly string[] Kinds = ["prog", "map", "link", "btf"];

    [SkippableFact]
    public async Task What_is_loaded_is_listed_with_who_holds_it()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("maps_basic");
        BpfProgram program = loaded.Programs["touch_maps"];
        BpfMap map = loaded.Maps["hash_map"];

        JsonElement[] all = await JsonAsync("list", "--json");
        string table = await TextAsync("list", "prog");

        JsonElement listed = all.Single(fact => Is(fact, "prog", program.Id));
        Assert.Equal(("xdp", "touch_maps", program.GetInfo().Tag), (Text(listed, "type"), Text(listed, "name"), Text(listed, "tag")));
        Assert.Contains(map.Id, listed.GetProperty("map_ids").EnumerateArray().Select(id => id.GetUInt32()));
        Assert.Contains(Environment.ProcessId, listed.GetProperty("held_by").EnumerateArray().Select(holder => holder.GetProperty("pid").GetInt32()));
        JsonElement listedMap = all.Single(fact => Is(fact, "map", map.Id));
        Assert.Equal(("hash", "hash_map", "struct pair_key"), (Text(listedMap, "type"), Text(listedMap, "name"), Text(listedMap, "key_type")));
        Assert.Equal(1024u, listedMap.GetProperty("max_entries").GetUInt32());
        Assert.Superset(Kinds.Except(["link"]).ToHashSet(), all.Select(fact => Text(fact, "kind")!).ToHashSet());
        string[] row = Words(table.Split('\n').Single(line => line.StartsWith(Number(program.Id) + " ", StringComparison.Ordinal)));
        Assert.Equal(["xdp", "touch_maps"], row[1..3]);
        Assert.Equal(["ID", "TYPE", "NAME", "TAG", "LOADED", "UID", "MAP_IDS", "HELD_BY"], Words(table.Split('\n')[0]));
    }

    [SkippableFact]
    public async Task A_link_is_listed_shown_and_detached()
    {
        Requires.Bpf();
        using HostPair hosts = new("listed");
        NetworkHost host = hosts.Host;
        using BpfObject loaded = Load("xdp_verdicts");
        BpfProgram program = loaded.Programs["verdict_pass"];
        using XdpLink link = host.Run(() => program.AttachXdp("eth0"));
        Skip.IfNot(link.IsKernelLink, "this kernel has no XDP links");

        JsonElement listed = (await JsonAsync("list", "link", "--json")).Single(fact => Is(fact, "link", link.Id));
        JsonElement net = (await JsonAsync(host, "list", "net", "--json")).Single(fact => fact.GetProperty("prog_id").GetUInt32() == program.Id);
        string shown = await TextAsync("show", "link", Number(link.Id));

        Assert.Equal(("xdp", "verdict_pass", program.Id), (Text(listed, "type"), Text(listed, "prog"), listed.GetProperty("prog_id").GetUInt32()));
        Assert.Equal(("eth0", "xdp native", "link", false), (Text(net, "interface"), Text(net, "hook"), Text(net, "way"), net.GetProperty("outlives_its_process").GetBoolean()));
        Assert.Equal(link.Id, net.GetProperty("link_id").GetUInt32());
        Assert.Matches($"(?m)^target +interface {link.InterfaceIndex}", shown);
        Assert.True(link.IsAttached);

        Assert.StartsWith($"detached xdp link {link.Id}", await TextAsync("detach", "link", Number(link.Id)), StringComparison.Ordinal);
        Assert.False(link.IsAttached);
    }

    [SkippableFact]
    public async Task What_a_link_holds_on_an_interface_does_not_outlive_its_process()
    {
        Requires.Bpf();
        using HostPair hosts = new("filters");
        NetworkHost host = hosts.Host;
        using BpfObject loaded = Load("test_runs");
        using TcLink link = host.Run(() => loaded.Programs["change_context"].AttachTc("eth0", TcDirection.Egress));
        Skip.If(link.Mechanism == TcMechanism.Filter, "this kernel has no tcx");

        JsonElement net = (await JsonAsync(host, "list", "net", "--json")).Single();

        Assert.Equal(("tcx egress", "change_context", false), (Text(net, "hook"), Text(net, "prog"), net.GetProperty("outlives_its_process").GetBoolean()));
    }

    [SkippableFact]
    public async Task A_map_is_dumped_as_its_types_say()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("layouts");
        loaded.Programs["fill"].TestRun(new BpfTestRun(new byte[64]));

        Assert.Equal(
            "0: { first = { port = 8080, flags = 3, weight = 33 }, a = 1, b = 2, ipv4 = 67305985, ipv6 = [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 ], named = { whole = 2459565876208275729, low = 286331153, high = 572662306 } }\n",
            await DumpAsync(loaded, "nested_map"));
        Assert.Equal(
            """{"key":0,"value":{"yes":true,"letter":120,"tiny":-7,"byte":200,"small":-12345,"port":54321,"number":-1234567890,"count":3234567890,"large":-1234567890123456789,"total":12345678901234567890,"color":"BLUE"}}""" + "\n",
            await DumpAsync(loaded, "scalars_map", "--json"));
        Assert.Equal("0: { three = 5, five = 17, sixteen = 48879, signed_four = -3, wide = 78187493530 }\n", await DumpAsync(loaded, "bitfields_map"));
        Assert.Contains("comm = \"ebpfnet\"", await DumpAsync(loaded, "arrays_map"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Values_of_every_CPU_and_references_are_dumped()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("maps_basic");
        loaded.Programs["touch_maps"].TestRun(new BpfTestRun(new byte[64]));
        using BpfObject references = Load("references");

        string perCpu = await DumpAsync(loaded, "percpu_hash_map");
        using JsonDocument json = JsonDocument.Parse(await DumpAsync(loaded, "percpu_hash_map", "--json"));
        string keys = await DumpAsync(loaded, "lpm_map");

        Assert.StartsWith("{ left = 1, right = 2 }:\n  cpu 0: { hits = ", perCpu, StringComparison.Ordinal);
        Assert.Equal(perCpu.Split("  cpu ").Length - 1, json.RootElement.GetProperty("values").GetArrayLength());
        Assert.StartsWith("{ length = 32, address = [ 10, 1, 2, 3 ] }: { hits = 1,", keys, StringComparison.Ordinal);
        references.GetProgramArray("jumps").Set(2, references.Programs["ten"]);
        Assert.Equal($"2: program {references.Programs["ten"].Id}\n", await DumpAsync(references, "jumps"));
    }

    [SkippableFact]
    public async Task A_pin_stands_for_what_is_pinned()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("maps_basic");
        using Mount pins = new("bpf");
        string pin = pins["array"];
        loaded.Maps["array_map"].Pin(pin);

        JsonElement shown = (await JsonAsync("show", "map", pin, "--json")).Single();

        Assert.Equal("array_map", Text(shown, "name"));
        Assert.Equal([pin], shown.GetProperty("pinned").EnumerateArray().Select(path => path.GetString()));
        Assert.Equal(8, (await TextAsync("map", "dump", pin)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("what is pinned there is a BPF map", await FailAsync(1, "show", "prog", pin), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_programs_code_is_dumped()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("subprograms");
        BpfProgram program = loaded.Programs["calls_shared_twice"];

        string text = await TextAsync("prog", "dump", "xlated", Number(program.Id));
        JsonElement json = (await JsonAsync("prog", "dump", "xlated", "--no-source", "--json", Number(program.Id))).Single();

        Assert.Equal(program.DumpXlated(), text);
        Assert.Equal(text, await TextAsync("prog", "dump", Number(program.Id)));
        Assert.Contains("call times_three", text, StringComparison.Ordinal);
        Assert.Equal(program.DumpXlated(withSource: false).Split('\n', StringSplitOptions.RemoveEmptyEntries), json.GetProperty("lines").EnumerateArray().Select(line => line.GetString()));
        Assert.Equal(program.DumpJited(), await TextAsync("prog", "dump", "jited", Number(program.Id)));
    }

    [SkippableFact]
    public async Task Names_are_whole_everywhere()
    {
        Requires.Bpf();
        const string Name = "a_program_with_a_very_long_name_2";
        using HostPair hosts = new("names");
        NetworkHost host = hosts.Host;
        using BpfObject loaded = Load("long_names");
        using XdpLink link = host.Run(() => loaded.Programs[Name].AttachXdp("eth0"));

        string?[] names =
        [
            Text((await JsonAsync("show", "prog", Number(link.Program.Id), "--json")).Single(), "name"),
            Text((await JsonAsync(host, "list", "net", "--json")).Single(), "prog"),
            .. (await JsonAsync("list", "prog", "--json")).Where(fact => Is(fact, "prog", link.Program.Id)).Select(fact => Text(fact, "name")),
            .. (await JsonAsync("list", "link", "--json")).Where(fact => Is(fact, "link", link.Id)).Select(fact => Text(fact, "prog")),
        ];

        Assert.True(names.Length >= 3);
        Assert.All(names, name => Assert.Equal(Name, name));
    }

    [SkippableFact]
    public async Task Who_holds_an_object_is_known_however_busy_that_process_is()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("maps_basic");
        using CancellationTokenSource over = new();
        Task busy = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                FileStream[] files = [.. Enumerable.Range(0, 50).Select(_ => File.OpenRead("/dev/null"))];
                Array.ForEach(files, file => file.Dispose());
            }
        });
        try
        {
            for (int i = 0; i < 5; i++)
            {
                JsonElement shown = (await JsonAsync("show", "map", Number(loaded.Maps["hash_map"].Id), "--json")).Single();
                Assert.Contains(Environment.ProcessId, shown.GetProperty("held_by").EnumerateArray().Select(holder => holder.GetProperty("pid").GetInt32()));
            }
        }
        finally
        {
            over.Cancel();
            await busy;
        }
    }

    [SkippableFact]
    public async Task Interfaces_that_come_and_go_do_not_end_the_list()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("changing");
        using CancellationTokenSource over = new();
        Task changes = Task.Run(() => host.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                Run("ip", "link add passing type veth peer name passed");
                Run("ip", "link del passing");
            }
        }));
        try
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.Empty(await JsonAsync(host, "list", "net", "--json"));
            }
        }
        finally
        {
            over.Cancel();
            await changes;
        }
    }

    [SkippableTheory]
    [InlineData("list")]
    [InlineData("show", "prog", "1")]
    [InlineData("map", "dump", "1")]
    [InlineData("prog", "dump", "1")]
    [InlineData("detach", "link", "1")]
    [InlineData("detach", "cgroup", "/sys/fs/cgroup", "--all")]
    public async Task Without_privileges_one_sentence_says_what_is_missing(params string[] arguments)
    {
        Requires.Bpf();
        await using ExampleProcess tool = ExampleProcess.Start("EbpfNet.Tool", arguments, through: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]); // Root without capabilities.

        (int exitCode, _, string errors) = await tool.ExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Matches("^ebpfnet: .*CAP_[A-Z_]+", Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [SkippableFact]
    public async Task The_kernels_types_are_counted()
    {
        Requires.Bpf();
        Skip.IfNot(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel has no BTF");
        uint id = (await JsonAsync("list", "btf", "--json")).Single(fact => Text(fact, "name") == "vmlinux").GetProperty("id").GetUInt32();

        JsonElement shown = (await JsonAsync("show", "btf", Number(id), "--json")).Single();

        Assert.True(shown.GetProperty("types").GetInt32() > 10_000);
        Assert.True(shown.GetProperty("kinds").GetProperty("Struct").GetInt32() > 1000);
    }

    [SkippableTheory]
    [InlineData(1, "There is none", "show", "prog", "4294967295")]
    [InlineData(1, "There is none", "map", "dump", "4294967295")]
    [InlineData(1, "Nothing is pinned there", "prog", "dump", "xlated", "/tmp/nothing_there")]
    [InlineData(2, "BTF is named by its id", "show", "btf", "vmlinux")]
    [InlineData(2, "Must be one of", "list", "everything")]
    [InlineData(2, "argument missing", "detach", "link")]
    [InlineData(2, "is empty", "detach", "link", "")]
    [InlineData(2, "is empty", "show", "prog", "")]
    [InlineData(2, "is empty", "map", "dump", " ")]
    [InlineData(2, "is empty", "prog", "dump", "")]
    [InlineData(1, "did you mean 'lo'?", "detach", "net", "lol", "--all")]
    [InlineData(1, "program 4294967295 is not attached to lo without a link", "detach", "net", "lo", "--prog", "4294967295")]
    [InlineData(1, "there is no folder", "detach", "cgroup", "/nowhere", "--all")]
    [InlineData(1, "'/run/netns/nowhere'", "detach", "netns", "nowhere")]
    [InlineData(1, "there is no device", "detach", "lirc", "/dev/lirc99", "--all")]
    public async Task What_cannot_be_done_is_told_in_a_sentence(int exitCode, string says, params string[] arguments)
    {
        Requires.Bpf();

        string error = await FailAsync(exitCode, arguments);

        Assert.StartsWith("ebpfnet: ", error, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableFact]
    public async Task A_map_without_elements_to_list_says_why()
    {
        Requires.Bpf();
        using BpfObject loaded = Load("ringbuf");

        Assert.Contains("ring buffer", await FailAsync(1, "map", "dump", Number(loaded.Maps["events"].Id)), StringComparison.Ordinal);
    }
}
