using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.Tool;

/// <summary><c>ebpfnet gen</c>, started as a user starts it.</summary>
public sealed class GenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebpfnet-gen-").FullName;

    [Fact]
    public async Task The_class_for_an_object_is_written_where_it_is_wanted()
    {
        string path = Path.Combine(_folder, "XdpDrop.cs");

        (int exitCode, string output, string errors) = await GenAsync(Path.Combine(Repository.Root, "bpf/xdp_drop.bpf.o"), "--namespace", "My.App", "--output", path);

        Assert.Equal((0, "", ""), (exitCode, output, errors));
        string code = await File.ReadAllTextAsync(path);
        Assert.Contains("\nnamespace My.App;\n", code, StringComparison.Ordinal);
        Assert.Contains("\npublic sealed partial class XdpDrop : ", code, StringComparison.Ordinal);
        Assert.DoesNotContain("GetManifestResourceStream", code, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_in_a_sentence()
    {
        (int exitCode, string output, string errors) = await GenAsync(Path.Combine(Repository.Root, "bpf/xdp_drop.bpf.o"), "--namespace", "My App");
        Assert.Equal((2, "", "ebpfnet: 'My App' is no name for a namespace\n"), (exitCode, output, errors));

        string none = Path.Combine(_folder, "none.bpf.o");
        (exitCode, _, errors) = await GenAsync(none, "--namespace", "My.App");
        Assert.Equal(1, exitCode);
        Assert.Contains(none, errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int ExitCode, string Output, string Errors)> GenAsync(params string[] arguments)
    {
        await using ExampleProcess gen = ExampleProcess.Start("EbpfNet.Tool", ["gen", .. arguments]);
        return await gen.ExitAsync();
    }
}
