using System.Text.RegularExpressions;
using EbpfNet.Programs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EbpfNet.Tests.Documentation;

/// <summary>What the pages show is true: C# compiles against the library, commands are ones that something runs.</summary>
public partial class SnippetTests
{
    /// <summary>Commands of the pages, and what runs them, with objects of its own: a test of the example tests, continuous integration, or a person.</summary>
    private static readonly Dictionary<string, string> CommandsThatAreRun = new()
    {
        ["sudo dotnet run --project examples/HttpMetrics -- demo"] = "HttpDemoTests.What_the_demo_counts_is_what_its_servers_count",
        ["sudo dotnet run --project examples/HttpMetrics -- demo --source syscalls"] = "HttpDemoTests.What_the_demo_counts_is_what_its_servers_count",
        ["sudo dotnet run --project examples/HttpMetrics -- demo --requests 100000 --connections 256"] = "HttpDemoTests.A_hundred_thousand_requests_are_counted_none_missed_none_twice",
        ["sudo dotnet run --project examples/HttpMetrics -- cost"] = "CostTests.The_cost_is_measured_with_nothing_missed",
        ["sudo dotnet run --project examples/HttpMetrics -- run --interface eth0 --port 80 --port 8080"] = "HttpRunTests.Requests_to_a_plain_server_on_loopback_are_counted_once",
        ["sudo dotnet run --project examples/HttpMetrics -- run --source syscalls --listen 127.0.0.1:9464"] = "HttpRunTests.The_figures_are_served_for_Prometheus",
        ["sudo dotnet run --project examples/XdpDrop -- demo"] = "DemoTests.The_demo_shows_every_step_as_expected",
        ["sudo dotnet run --project examples/XdpDrop -- run --interface eth0 --block 192.0.2.7 --block 2001:db8:bad::/48"] = "RunTests.A_blocked_source_gets_no_answer_and_is_counted_while_others_pass",
        ["sudo dotnet run --project examples/XdpDrop -- run --interface eth0 --blocklist bad.txt --listen 127.0.0.1:8090"] = "BlocklistTests.A_changed_file_is_in_force_at_once_and_one_with_a_mistake_leaves_the_old_rules",
        ["curl -XPUT -d 192.0.2.0/24 http://127.0.0.1:8090/"] = "BlocklistTests.Rules_are_listed_added_and_removed_by_HTTP",
        ["curl http://127.0.0.1:8090/"] = "BlocklistTests.Rules_are_listed_added_and_removed_by_HTTP",
        ["curl -XDELETE -d 192.0.2.0/24 http://127.0.0.1:8090/"] = "BlocklistTests.Rules_are_listed_added_and_removed_by_HTTP",
        ["sudo dotnet run --project examples/TcpRtt -- demo"] = "RttDemoTests.The_demo_shows_a_line_for_whom_is_in_the_list_and_none_for_others",
        ["sudo dotnet run --project examples/TcpRtt -- run --address 192.168.0.1 --address 2001:db8::/32"] = "RttRunTests.Each_connection_has_one_line_whatever_way_it_ends",
        ["sudo dotnet run --project examples/TcpRtt -- run --all --json | jq 'select(.rtt_us > 100000)'"] = "RttRunTests.The_local_address_counts_or_either_or_none",
        ["curl -XPUT -d 192.168.0.1 http://127.0.0.1:8090/"] = "RttFilterTests.Addresses_are_listed_added_and_removed_by_HTTP_and_count_at_once",
        ["curl -XGET http://127.0.0.1:8090/"] = "RttFilterTests.Addresses_are_listed_added_and_removed_by_HTTP_and_count_at_once",
        ["curl -XDELETE -d 192.168.0.1 http://127.0.0.1:8090/"] = "RttFilterTests.Addresses_are_listed_added_and_removed_by_HTTP_and_count_at_once",
        ["sudo dotnet run --project examples/GeoIp -- demo"] = "GeoIpDemoTests.The_demo_shows_every_step_as_expected",
        ["sudo dotnet run --project examples/GeoIp -- demo --listen 127.0.0.1:8080"] = "GeoIpPageTests.Circles_appear_and_grow_as_requests_arrive_and_nothing_comes_from_elsewhere",
        ["sudo dotnet run --project examples/GeoIp -- run --interface eth0"] = "GeoIpRunTests.Visits_are_counted_exactly_by_country_service_and_address",
        ["sudo dotnet run --project examples/GeoIp -- run --interface eth0 --port 443 --port 22 --listen 127.0.0.1:8080"] = "GeoIpRunTests.Other_services_are_counted_by_their_ports",
        ["sudo dotnet run --project examples/GeoIp -- run --interface eth0 --database GeoLite2-City.mmdb"] = "GeoIpRunTests.A_database_is_put_in_force_when_it_changes_and_a_damaged_one_leaves_the_old_one",
        ["curl -d 129.187.255.1 http://127.0.0.1:8080/request"] = "GeoIpRunTests.An_address_can_be_injected_and_what_is_none_is_told_why",
        ["curl http://127.0.0.1:8080/api/countries"] = "GeoIpRunTests.Visits_are_counted_exactly_by_country_service_and_address",
        ["sudo dotnet run --project examples/TcpProxy -- demo"] = "ProxyDemoTests.The_demo_shows_every_step_as_expected",
        ["sudo dotnet run --project examples/TcpProxy -- run --config config.json --listen 127.0.0.1:8090"] = "ProxyRunTests.Any_number_of_ports_reach_the_healthy_targets_in_turn_by_IPv4_and_IPv6",
        ["sudo dotnet run --project examples/TcpProxy -- run --unpin"] = "ProxyRunTests.What_is_pinned_is_taken_over_after_a_kill_and_beside_a_running_process_until_it_is_unpinned",
        ["sudo dotnet run --project examples/TcpProxy -- run --config config.json --splice"] = "ProxyRelayTests.Random_blocks_pass_both_ways_at_once_without_loss_in_their_order",
        ["sudo dotnet run -c Release --project examples/TcpProxy -- soak --compare --rounds 4 --connections 20000 --megabytes 2000"] = "by hand: it takes minutes, and HAProxy",
        ["sudo dotnet run -c Release --project examples/TcpProxy -- soak --compare"] = "by hand: it takes HAProxy",
        ["sudo dotnet run -c Release --project examples/TcpProxy -- soak"] = "ProxySoakTests.Connections_and_bytes_pass_without_an_error",
        ["examples/GeoIp/Data/make.sh"] = "by hand, to bring the data up to date",
        ["sudo dotnet test EbpfNet.sln"] = ".ci/run",
        ["sudo dotnet run --project src/EbpfNet.Tool -- check bpf/xdp_drop.bpf.o"] = "CheckTests.A_good_object_has_a_line_in_the_table_and_no_reasons",
        ["sudo ebpfnet check --each program.bpf.o"] = "CheckTests.Programs_that_are_off_are_loaded_only_when_each_is_asked_for",
        ["sudo ebpfnet check --json *.bpf.o | jq -r 'select(.load_all != \"ok\") | .object'"] = "CheckTests.Bad_objects_do_not_stop_the_rest",
        ["ebpfnet check --kernel-btf vmlinux-5.15.btf program.bpf.o"] = "CheckTests.Without_privileges_it_says_what_can_be_said",
        ["ebpfnet gen xdp_drop.bpf.o --namespace My.App --output XdpDrop.cs"] = "GenTests.The_class_for_an_object_is_written_where_it_is_wanted",
        ["sudo ebpfnet features"] = "FeaturesTests.The_table_has_a_line_for_every_answer_and_every_reason_once",
        ["sudo ebpfnet features --helpers"] = "FeaturesTests.Helpers_are_told_by_type_of_program",
        ["sudo ebpfnet features --json | jq -r '.map_types.arena'"] = "FeaturesTests.The_line_of_JSON_has_what_is_promised_and_says_what_the_library_says",
        ["sudo ebpfnet list"] = "InspectTests.What_is_loaded_is_listed_with_who_holds_it",
        ["sudo ebpfnet list link net leftover"] = "InspectTests.A_link_is_listed_shown_and_detached",
        ["sudo ebpfnet list map --json | jq -r 'select(.memory_bytes > 1000000) | .name'"] = "InspectTests.What_is_loaded_is_listed_with_who_holds_it",
        ["sudo ebpfnet show prog 310800"] = "InspectTests.Names_are_whole_everywhere",
        ["sudo ebpfnet map dump 359694"] = "InspectTests.A_map_is_dumped_as_its_types_say",
        ["sudo ebpfnet map dump --json /sys/fs/bpf/flows"] = "InspectTests.A_pin_stands_for_what_is_pinned",
        ["sudo ebpfnet prog dump 310800"] = "InspectTests.A_programs_code_is_dumped",
        ["sudo ebpfnet prog dump xlated 310800"] = "InspectTests.A_programs_code_is_dumped",
        ["sudo ebpfnet prog dump jited --no-source 310800"] = "InspectTests.A_programs_code_is_dumped",
        ["sudo ebpfnet detach link 2805"] = "InspectTests.A_link_is_listed_shown_and_detached",
        ["sudo ebpfnet detach net eth0 --prog 310800"] = "DetachTests.What_a_killed_process_left_on_an_interface_is_listed_and_detached",
        ["sudo ebpfnet detach net eth0 --all"] = "DetachTests.A_route_is_deleted_only_when_that_is_asked_for",
        ["sudo ebpfnet detach net eth0 --all --clsact"] = "DetachTests.Filters_go_with_their_queueing_discipline_when_that_is_asked_for",
        ["sudo ebpfnet detach cgroup /sys/fs/cgroup/web --prog 310800"] = "DetachTests.What_a_killed_process_left_in_a_control_group_is_listed_and_detached",
        ["sudo ebpfnet detach netns /proc/4711/ns/net --all"] = "DetachTests.What_a_killed_process_left_in_a_network_namespace_is_listed_and_detached",
        ["sudo ebpfnet detach struct_ops 359694"] = "DetachTests.What_a_killed_process_registered_is_listed_and_taken_out",
        ["sudo ebpfnet detach probes"] = "DetachTests.What_a_killed_process_left_in_tracefs_is_listed_and_removed",
        ["sudo tests/compat/run.sh"] = ".ci/run, with fewer objects",
        ["sudo tests/compat/run.sh --filter 'test_core_*'"] = "by hand, before a release",
        ["sudo tests/compat/run.sh --objects /usr/lib/bpf"] = "by hand, before a release",
        ["sudo tests/compat/run.sh --clang clang-14 --cpu v1"] = "by hand, before a release",
        ["tests/vm/run.sh"] = ".ci/run",
        ["tests/vm/run.sh --filter TracingLink 6.1"] = ".ci/run, all marked tests on all kernels",
        ["tests/vm/run.sh --all --filter LpmTrie 6.1"] = "by hand, to look at one kernel",
        ["tests/vm/run.sh --command 'uname -r' 5.10"] = "by hand, to look at one kernel",
        ["bpf/build.sh"] = ".ci/run, with --check",
        ["bpf/build.sh --check"] = ".ci/run",
        ["sudo benchmarks/run.sh ratios"] = ".ci/run, with fewer rounds",
        ["sudo benchmarks/run.sh --filter '*'"] = ".ci/run, each benchmark once",
    };

    public static TheoryData<string> Pages()
    {
        var pages = new TheoryData<string>();
        foreach (string file in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(Repository.Root, file);
            if (!path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" || part.StartsWith('.')))
            {
                pages.Add(path);
            }
        }

        return pages;
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_csharp_snippet_compiles(string page)
    {
        int number = 0;
        foreach (string snippet in Fences(page, "csharp"))
        {
            number++;
            string[] errors = Compile(snippet);
            Assert.True(errors.Length == 0, $"{page}, C# snippet {number}:\n{string.Join('\n', errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_is_one_that_something_runs(string page)
    {
        foreach (string fence in Fences(page, "sh"))
        {
            foreach (string line in fence.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string command = CommentAtEnd().Replace(line, "").Trim();
                Assert.True(command.Length == 0 || CommandsThatAreRun.ContainsKey(command), $"{page} shows '{command}', which nothing is known to run: run it in a test and add it to the list.");
            }
        }
    }

    [Fact]
    public void What_is_said_to_run_a_command_does()
    {
        string ci = Repository.Read(".ci/run");
        string tests = Path.Combine(Repository.Root, "tests", "EbpfNet.ExampleTests");
        Assert.All(CommandsThatAreRun, claim =>
        {
            if (claim.Value.StartsWith(".ci/run", StringComparison.Ordinal))
            {
                // The script or project, whatever its arguments are there.
                string[] words = claim.Key.Split(' ');
                Assert.Contains(words.First(word => word.Contains('/') || word.EndsWith(".sln", StringComparison.Ordinal)), ci, StringComparison.Ordinal);
            }
            else if (!claim.Value.StartsWith("by hand", StringComparison.Ordinal))
            {
                string[] test = claim.Value.Split('.');
                string file = Assert.Single(Directory.GetFiles(tests, $"{test[0]}.cs", SearchOption.AllDirectories));
                string text = File.ReadAllText(file);
                Assert.True(text.Contains($" {test[1]}(", StringComparison.Ordinal), $"{claim.Value}, which '{claim.Key}' is said to be run by, is not there.");

                // The command's first words are in its file, as arguments of a process.
                string[] words = [.. claim.Key.Split('|')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(word => word != "ebpfnet").Skip(1).TakeWhile(word => word.All(letter => char.IsAsciiLetterLower(letter) || letter == '_')).Take(2)];
                Assert.All(words, word => Assert.Contains($"\"{word}\"", text, StringComparison.Ordinal));
            }
        });
    }

    [Fact]
    public void A_snippet_that_does_not_compile_is_noticed() =>
        Assert.NotEmpty(Compile("BpfObjectSpec spec = BpfObjectSpec.ReadNothing();"));

    private static IEnumerable<string> Fences(string page, string language) =>
        Fence().Matches(Repository.Read(page)).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["text"].Value);

    private static string[] Compile(string snippet)
    {
        const string Prelude = "using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Net; using System.Net.Sockets; using System.Threading; using System.Threading.Tasks; using EbpfNet; using EbpfNet.Programs;";
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        // Snippets share their imports with the page: names that a reader adds with one 'using' are given here.
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(snippet, options), CSharpSyntaxTree.ParseText(Prelude.Replace("using ", "global using ", StringComparison.Ordinal), options)],
            References(),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
        return [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString())];
    }

    private static IEnumerable<MetadataReference> References()
    {
        string platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return platform.Split(Path.PathSeparator)
            .Append(typeof(BpfException).Assembly.Location)
            .Append(typeof(XdpDropProgram).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path));
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\s+#\s.*$")]
    private static partial Regex CommentAtEnd();
}
