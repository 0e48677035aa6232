using System.Text.Json;
using DemoNetwork;
using static EbpfNet.ExampleTests.Tool.InspectedMachine;

namespace EbpfNet.ExampleTests.Tool;

/// <summary><c>ebpfnet detach</c>, and what <c>ebpfnet list leftover</c> shows: of processes that were killed, and of those that still run.</summary>
public sealed class DetachTests
{
    [SkippableTheory]
    [InlineData("xdp", "xdp native", "netlink", "xdp")]
    [InlineData("tc", "tc ingress", "filter", "tc filter")]
    public async Task What_a_killed_process_left_on_an_interface_is_listed_and_detached(string hook, string shown, string way, string what)
    {
        Requires.Bpf();
        using HostPair hosts = new("left");
        NetworkHost host = hosts.Host;
        uint program = KilledOwner.Leave(hook, host: host).Id;

        JsonElement net = (await JsonAsync(host, "list", "net", "--json")).Single();
        JsonElement left = (await JsonAsync(host, "list", "leftover", "--json")).Single(fact => Text(fact, "what") == what);

        Assert.Equal((shown, way, true), (Text(net, "hook"), Text(net, "way"), net.GetProperty("outlives_its_process").GetBoolean()));
        Assert.Equal(("eth0", program, 0), (Text(left, "place"), left.GetProperty("prog_id").GetUInt32(), left.GetProperty("held_by").GetArrayLength()));
        Assert.Contains("'ebpfnet list link leftover' shows what is attached", await FailAsync(host, 1, "detach", "net", "eth0", "--prog", "1"), StringComparison.Ordinal);
        Assert.Contains("nothing was detached", await RefuseAsync(host, "detach", "net", "eth0"), StringComparison.Ordinal);
        Assert.StartsWith($"detached {what} eth0", await RunAsync(host, ["detach", "net", "eth0", "--prog", Number(program)]), StringComparison.Ordinal);
        Assert.Empty(await JsonAsync(host, "list", "net", "--json"));
        if (hook == "tc")
        {
            JsonElement empty = (await JsonAsync(host, "list", "leftover", "--json")).Single(fact => Text(fact, "what") == "clsact");
            Assert.Equal(("eth0", "empty: no filter is left on it"), (Text(empty, "place"), Text(empty, "details")));
            Assert.Equal(
                "there is nothing to detach\nleft alone: clsact eth0, empty: no filter is left on it; --clsact removes it, too\n", await RunAsync(host, ["detach", "net", "eth0", "--all"]));
            Assert.Equal("removed clsact of eth0\n", await RunAsync(host, ["detach", "net", "eth0", "--clsact"]));
        }

        Assert.Equal("there is nothing to detach\n", await RunAsync(host, ["detach", "net", "eth0", "--all"]));
    }

    [SkippableFact]
    public async Task Filters_go_with_their_queueing_discipline_when_that_is_asked_for()
    {
        Requires.Bpf();
        using HostPair hosts = new("left");
        NetworkHost host = hosts.Host;
        uint program = KilledOwner.Leave("tc", host: host).Id;

        Assert.StartsWith("left alone: clsact of eth0, which has filters", await RunAsync(host, ["detach", "net", "eth0", "--clsact"]), StringComparison.Ordinal);
        string detached = await RunAsync(host, ["detach", "net", "eth0", "--all", "--clsact"]);

        Assert.Contains($"(program {program})\nremoved clsact of eth0\n", detached, StringComparison.Ordinal);
        Assert.DoesNotContain(await JsonAsync(host, "list", "leftover", "--json"), fact => Text(fact, "place") == "eth0");
    }

    [SkippableFact]
    public async Task A_filter_that_interfaces_share_goes_only_by_its_program()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("sharing");
        using BpfObject loaded = Load("traffic", "count");
        uint program = loaded.Programs["count"].Id;
        using Mount pins = new("bpf");
        loaded.Programs["count"].Pin(pins["count"]);
        host.Run(() =>
        {
            Run("ip", "link add one type veth peer name two");
            foreach (string name in (string[])["one", "two"])
            {
                Run("tc", $"qdisc add dev {name} ingress_block 3 clsact");
            }

            Run("tc", $"filter add block 3 bpf direct-action object-pinned {pins["count"]}");
        });

        JsonElement[] net = await JsonAsync(host, "list", "net", "--json");
        string all = await RunAsync(host, ["detach", "net", "two", "--all"]);

        Assert.Equal(["one", "two"], net.Select(fact => Text(fact, "interface")).Order());
        Assert.All(net, fact => Assert.Equal(("shared filter", 3u), (Text(fact, "way"), fact.GetProperty("block").GetUInt32())));
        Assert.Contains("of block 3, which other interfaces may share", all, StringComparison.Ordinal);
        Assert.EndsWith("; --prog detaches it from all interfaces that share it\n", all, StringComparison.Ordinal);
        Assert.StartsWith("detached tc filter two", await RunAsync(host, ["detach", "net", "two", "--prog", Number(program)]), StringComparison.Ordinal);
        Assert.Empty(await JsonAsync(host, "list", "net", "--json"));
    }

    [SkippableFact]
    public async Task A_route_is_deleted_only_when_that_is_asked_for()
    {
        Requires.Bpf();
        using HostPair hosts = new("routed");
        NetworkHost host = hosts.Host;
        host.SetUp("eth0");
        hosts.Other.SetUp("eth0");
        uint program = KilledOwner.Leave("route", host: host).Id;
        _ = KilledOwner.Leave("tc", host: host);

        JsonElement net = (await JsonAsync(host, "list", "net", "--json")).Single(fact => Text(fact, "way") == "route");
        string all = await RunAsync(host, ["detach", "net", "eth0", "--all"]);

        Assert.Equal(("eth0", "route to 172.30.0.1/32", program, true), (Text(net, "interface"), Text(net, "hook"), net.GetProperty("prog_id").GetUInt32(), net.GetProperty("outlives_its_process").GetBoolean()));
        Assert.Contains("detached tc filter eth0", all, StringComparison.Ordinal);
        Assert.Contains($"left alone: route eth0, to 172.30.0.1/32 (program {program}); --routes deletes routes, too", all, StringComparison.Ordinal);
        Assert.StartsWith("detached route eth0, to 172.30.0.1/32", await RunAsync(host, ["detach", "net", "eth0", "--all", "--routes"]), StringComparison.Ordinal);
        Assert.Empty(await JsonAsync(host, "list", "net", "--json"));
    }

    [SkippableFact]
    public async Task What_a_killed_process_left_in_a_control_group_is_listed_and_detached()
    {
        Requires.Bpf();
        string? mount = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields[2] == "cgroup2")?[1];
        Skip.If(mount is null, "no control groups of version 2 are mounted");
        string folder = $"{mount}/ebpfnet_tool_{Environment.ProcessId}";
        Directory.CreateDirectory(folder);
        try
        {
            uint program = KilledOwner.Leave("cgroup", folder).Id;

            JsonElement left = (await JsonAsync("list", "leftover", "--json")).Single(fact => Text(fact, "place") == folder);

            Assert.Equal(("cgroup", "cgroup_inet_egress", program, 0), (Text(left, "what"), Text(left, "details"), left.GetProperty("prog_id").GetUInt32(), left.GetProperty("held_by").GetArrayLength()));
            Assert.Contains("nothing was detached", await RefuseAsync(null, "detach", "cgroup", folder), StringComparison.Ordinal);
            Assert.Equal($"detached cgroup {folder}, cgroup_inet_egress (program {program})\n", await TextAsync("detach", "cgroup", folder, "--all"));
            Assert.Equal("there is nothing to detach\n", await TextAsync("detach", "cgroup", folder));
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [SkippableFact]
    public async Task What_may_be_held_by_a_link_is_shown_where_links_may_not_be_listed()
    {
        Requires.Bpf();
        string? mount = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields[2] == "cgroup2")?[1];
        Skip.If(mount is null, "no control groups of version 2 are mounted");
        string folder = $"{mount}/ebpfnet_unlisted_{Environment.ProcessId}";
        Directory.CreateDirectory(folder);
        try
        {
            uint program = KilledOwner.Leave("cgroup", folder).Id;
            await using ExampleProcess tool = ExampleProcess.Start(
                "EbpfNet.Tool", ["detach", "cgroup", folder, "--all"], through: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]);

            (int exitCode, string output, string errors) = await tool.ExitAsync();

            Assert.Equal((1, ""), (exitCode, output)); // It is tried, and to open a program by its id takes the same capability.
            Assert.Contains("CAP_SYS_ADMIN", errors, StringComparison.Ordinal);
            Assert.StartsWith("detached cgroup", await TextAsync("detach", "cgroup", folder, "--prog", Number(program)), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [SkippableFact]
    public async Task What_a_killed_process_left_in_a_network_namespace_is_listed_and_detached()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("dissected");
        uint program = KilledOwner.Leave("netns", host: host).Id;

        JsonElement left = (await JsonAsync(host, "list", "leftover", "--json")).Single(fact => Text(fact, "what") == "netns");

        string place = Text(left, "place")!;
        Assert.Equal(("/proc/self/ns/net", "flow_dissector", program), (place, Text(left, "details"), left.GetProperty("prog_id").GetUInt32()));
        Assert.Equal($"detached netns {place}, flow_dissector (program {program})\n", await RunAsync(host, ["detach", "netns", place, "--prog", Number(program)]));
        Assert.DoesNotContain(await JsonAsync(host, "list", "leftover", "--json"), fact => Text(fact, "what") == "netns");
    }

    [SkippableFact]
    public async Task What_a_killed_process_registered_is_listed_and_taken_out()
    {
        Requires.Bpf();
        Skip.If(KernelFeatures.HasProgramType(Abi.BpfProgramType.StructOps).IsMissing, "this kernel has no structs of functions");
        uint map = KilledOwner.Leave("struct_ops").Id;

        JsonElement left = (await JsonAsync("list", "leftover", "--json")).Single(fact => Text(fact, "what") == "struct_ops" && fact.GetProperty("map_id").GetUInt32() == map);

        Assert.Equal(("without_link", 0), (Text(left, "place"), left.GetProperty("held_by").GetArrayLength()));
        Assert.Equal($"detached struct_ops without_link, registered (map {map})\n", await TextAsync("detach", "struct_ops", Number(map)));
        Assert.Contains("There is none", await FailAsync(1, "detach", "struct_ops", Number(map)), StringComparison.Ordinal);
        using BpfObject loaded = Load("maps_basic");
        Assert.Contains("is no struct of functions", await FailAsync(1, "detach", "struct_ops", Number(loaded.Maps["hash_map"].Id)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task What_a_killed_process_left_in_tracefs_is_listed_and_removed()
    {
        Requires.Bpf();
        using Mount traces = new("tracefs"); // Where it is mounted already, once more.
        int process = KilledOwner.Leave("probe").Process;

        JsonElement left = (await JsonAsync("list", "leftover", "--json")).Single(fact => Text(fact, "what") == "probe" && fact.GetProperty("process").GetInt32() == process);
        string removed = await TextAsync("detach", "probes");

        Assert.False(left.GetProperty("process_runs").GetBoolean());
        Assert.Contains($"detached probe {Text(left, "place")}, p:", removed, StringComparison.Ordinal);
        Assert.DoesNotContain(await JsonAsync("list", "leftover", "--json"), fact => Text(fact, "place") == Text(left, "place"));
    }

    [SkippableFact]
    public async Task A_pinned_link_is_detached_with_its_pins()
    {
        Requires.Bpf();
        using HostPair hosts = new("pinned");
        NetworkHost host = hosts.Host;
        using Mount pins = new("bpf");
        using BpfObject loaded = Load("xdp_verdicts");
        using XdpLink link = host.Run(() => loaded.Programs["verdict_pass"].AttachXdp("eth0"));
        Skip.IfNot(link.IsKernelLink, "this kernel has no XDP links");
        link.Pin(pins["one"]);
        link.Pin(pins["two"]);

        Assert.StartsWith($"detached xdp link {link.Id}", await TextAsync("detach", "link", pins["one"]), StringComparison.Ordinal);

        Assert.False(link.IsAttached);
        Assert.False(File.Exists(pins["one"]) || File.Exists(pins["two"]));
    }

    [SkippableFact]
    public async Task A_link_that_ends_only_with_its_last_holder_keeps_its_pins_while_a_process_has_it()
    {
        Requires.Bpf();
        using Mount pins = new("bpf");
        string pin = pins["link"];
        BpfLink link = AttachRawTracepoint();
        uint id = link.Id;
        string holder = $"{(await File.ReadAllTextAsync("/proc/self/comm")).Trim()} {Environment.ProcessId}";
        using (link)
        {
            link.Pin(pin);
            Assert.Contains($"only with their last holder, which {holder} is", await FailAsync(1, "detach", "link", pin), StringComparison.Ordinal);
            Assert.True(File.Exists(pin));

            Assert.EndsWith($"which ends with {holder}\n", await TextAsync("detach", "link", "--unpin", pin), StringComparison.Ordinal);
            Assert.False(File.Exists(pin));
            Assert.True(link.IsAttached);
            link.Pin(pin);
        }

        Assert.StartsWith($"detached raw_tracepoint link {id}", await TextAsync("detach", "link", Number(id)), StringComparison.Ordinal);
        Assert.False(File.Exists(pin));
        Assert.DoesNotContain(id, BpfLink.GetIds());
    }

    private static RawTracepointLink AttachRawTracepoint()
    {
        BpfObject loaded = Load("tracing", "renamed_somewhere");
        return loaded.Programs["renamed_somewhere"].AttachRawTracepoint("task_rename");
    }

    private static async Task<string> RefuseAsync(NetworkHost? host, params string[] arguments)
    {
        await using ExampleProcess tool = ExampleProcess.Start("EbpfNet.Tool", arguments, host);
        (int exitCode, string output, string errors) = await tool.ExitAsync();
        Assert.Equal(2, exitCode);
        Assert.StartsWith("WHAT ", output, StringComparison.Ordinal);
        return errors;
    }
}
