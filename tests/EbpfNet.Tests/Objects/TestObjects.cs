using EbpfNet.Objects;
using EbpfNet.Tests.Architecture;

namespace EbpfNet.Tests.Objects;

/// <summary>The prebuilt objects that the tests read.</summary>
internal static class TestObjects
{
    /// <summary>Objects of xdp-tools, where that package is installed: compiled by others, for another loader.</summary>
    public const string XdpTools = "/usr/lib/x86_64-linux-gnu/bpf";

    public static string Folder { get; } = Path.Combine(RepositoryFiles.Root, "tests", "bpf");

    /// <summary>All objects of the repository, and those of xdp-tools if they are there.</summary>
    public static IEnumerable<string> AllPaths =>
        Directory.GetFiles(Folder, "*.bpf.o")
            .Concat(Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "bpf"), "*.bpf.o"))
            .Concat(Directory.Exists(XdpTools) ? Directory.GetFiles(XdpTools, "*.o") : [])
            .Order(StringComparer.Ordinal);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".bpf.o"));

    public static BpfObjectSpec Read(string name) => BpfObjectSpec.ReadFile(Path.Combine(Folder, name + ".bpf.o"));

    public static LinkedProgram Link(this BpfObjectSpec spec, string program) => FunctionLinker.Link(spec.Programs[program]);
}
