namespace EbpfNet.ExampleTests.Tool;

/// <summary>The comparison at the end of tests/compat/run.sh, on lines made for it.</summary>
public sealed class CompatTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-compat-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Equal_results_are_counted_and_nothing_is_printed_about_them()
    {
        string line = Line(open: "ok", loadAll: "ok", program: "ok", fingerprint: "0000000000000001");

        (int exitCode, string output) = await CompareAsync(line, line);

        Assert.StartsWith("\n", output, StringComparison.Ordinal);
        Assert.Contains("1 by libbpf, 1 by EbpfNet", output, StringComparison.Ordinal);
        Assert.Contains("of these with equal instructions 1: 100.00%", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("ok", "EINVAL", "EINVAL", "0000000000000001", "lost         a.bpf.o p: libbpf ok, EbpfNet EINVAL")]
    [InlineData("ok", "ok", "ok", "0000000000000002", "instructions a.bpf.o p: instructions differ: libbpf 7, EbpfNet 7")]
    [InlineData("format", "format", "format", "0000000000000001", "lost         a.bpf.o open: libbpf ok, EbpfNet format")]
    public async Task What_libbpf_does_and_EbpfNet_does_not_is_printed_and_fails(string open, string loadAll, string program, string fingerprint, string says)
    {
        (int exitCode, string output) = await CompareAsync(Line("ok", "ok", "ok", "0000000000000001"), Line(open, loadAll, program, fingerprint));

        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task What_is_explained_does_not_fail()
    {
        (int exitCode, string output) = await CompareAsync(Line("ok", "ok", "ok", "0000000000000001"), Line("ok", "ok", "ok", "0000000000000002"), "# a comment\na.bpf.o p: instructions differ\n");

        Assert.Contains("EbpfNet 7 [explained]", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task What_only_EbpfNet_loads_does_not_fail()
    {
        (int exitCode, string output) = await CompareAsync(Line("ok", "EINVAL", "EINVAL", "0000000000000001"), Line("ok", "ok", "ok", "0000000000000001"));

        Assert.Contains("gained       a.bpf.o p: libbpf EINVAL, EbpfNet ok", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static string Line(string open, string loadAll, string program, string fingerprint) => $$$"""
        {"object":"x/a.bpf.o","open":"{{{open}}}","load_all":"{{{loadAll}}}","load_each":{"p":"{{{program}}}"},"programs":{"p":{"section":"xdp","type":"xdp","instructions":7,"fingerprint":"{{{fingerprint}}}"}},"error":null}
        """;

    private async Task<(int ExitCode, string Output)> CompareAsync(string theirs, string ours, string known = "")
    {
        string[] files = [.. new[] { theirs, ours, known }.Select(Write)];
        await using ExampleProcess compare = ExampleProcess.Start("EbpfNet.Compat", files);
        (int exitCode, string output, string errors) = await compare.ExitAsync();
        Assert.Equal("", errors);
        return (exitCode, output);
    }

    private string Write(string text, int number)
    {
        string path = Path.Combine(_folder.FullName, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        File.WriteAllText(path, text);
        return path;
    }
}
