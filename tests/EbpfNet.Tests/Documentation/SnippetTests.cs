using System.Text.RegularExpressions;
using EbpfNet.Programs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EbpfNet.Tests.Documentation;

/// <summary>What the pages show is true: C# compiles against the library, commands are ones that something runs.</summary>
public partial class SnippetTests
{
    /// <summary>Commands of the pages, and what runs them: a test, or continuous integration.</summary>
    private static readonly Dictionary<string, string> CommandsThatAreRun = new()
    {
        ["sudo dotnet run --project examples/XdpDrop -- demo"] = "ExampleTests",
        ["sudo dotnet run --project examples/XdpDrop -- run --interface eth0 --block 192.0.2.7 --block 2001:db8:bad::/48"] = "ExampleTests, on an interface of their own",
        ["sudo dotnet test EbpfNet.sln"] = ".ci/run",
        ["sudo dotnet run --project src/EbpfNet.Tool -- check bpf/xdp_drop.bpf.o"] = "ExampleTests",
        ["sudo ebpfnet check --each program.bpf.o"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet check --json *.bpf.o | jq -r 'select(.load_all != \"ok\") | .object'"] = "ExampleTests, which read the same member",
        ["ebpfnet check --kernel-btf vmlinux-5.15.btf program.bpf.o"] = "ExampleTests, with types of their own",
        ["sudo ebpfnet features"] = "ExampleTests",
        ["sudo ebpfnet features --helpers"] = "ExampleTests",
        ["sudo ebpfnet features --json | jq -r '.map_types.arena'"] = "ExampleTests, which read the same member",
        ["sudo ebpfnet list"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet list link net leftover"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet list map --json | jq -r 'select(.memory_bytes > 1000000) | .name'"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet show prog 310800"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet map dump 359694"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet map dump --json /sys/fs/bpf/flows"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet prog dump xlated 310800"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet prog dump jited --no-source 310800"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet detach link 2805"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet detach net eth0 --prog 310800"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet detach cgroup /sys/fs/cgroup/web"] = "ExampleTests, with objects of their own",
        ["sudo ebpfnet detach probes"] = "ExampleTests, with objects of their own",
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
