using EbpfNet.Btf;
using EbpfNet.Tests.Objects;
using EbpfNet.Tool.Generate;

namespace EbpfNet.Tests.Generate;

public sealed class ObjectAgeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebpfnet-age-").FullName;
    private readonly string _source;
    private readonly string _object;

    public ObjectAgeTests()
    {
        _source = Path.Combine(_folder, "maps_basic.bpf.c");
        _object = Path.Combine(_folder, "maps_basic.bpf.o");
        File.Copy(Path.Combine(TestObjects.Folder, "maps_basic.bpf.c"), _source);
        File.Copy(Path.Combine(TestObjects.Folder, "maps_basic.bpf.o"), _object);
        SetTimes(TimeSpan.Zero);
    }

    [Fact]
    public void An_object_of_the_same_checkout_is_not_older_whichever_file_was_written_first()
    {
        Assert.Null(Find());

        SetTimes(TimeSpan.FromSeconds(30));
        Assert.Null(Find());
    }

    [Fact]
    public void Another_line_of_code_tells_whatever_the_times_say()
    {
        File.WriteAllText(_source, File.ReadAllText(_source).Replace("{ 1, 2 }", "{ 1, 3 }", StringComparison.Ordinal));
        SetTimes(TimeSpan.FromDays(-1));

        Assert.Contains("was 'struct pair_key pair = { 1, 2 };' when it was compiled, and is 'struct pair_key pair = { 1, 3 };' now", Find(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_became_shorter_is_noticed()
    {
        File.WriteAllText(_source, "");

        Assert.NotNull(Find());
    }

    [Fact]
    public void What_became_no_code_is_told_by_the_time()
    {
        SetTimes(TimeSpan.FromHours(1));

        Assert.Contains("maps_basic.bpf.c was written later", Find(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("headers", true)]
    public void Code_of_included_files_is_compared_too(string folder, bool isGiven)
    {
        string bpf = Path.Combine(Repository.Root, "bpf");
        string source = Path.Combine(_folder, "http_metrics.bpf.c");
        string built = Path.Combine(_folder, "http_metrics.bpf.o");
        string headers = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        File.Copy(Path.Combine(bpf, "http_metrics.bpf.c"), source);
        File.Copy(Path.Combine(bpf, "http_metrics.bpf.o"), built);
        foreach (string header in Directory.GetFiles(bpf, "http_*.h"))
        {
            File.Copy(header, Path.Combine(headers, Path.GetFileName(header)));
        }

        BpfObjectSpec spec = BpfObjectSpec.ReadFile(built);
        Dictionary<string, string> sources = ObjectAge.FindSources(spec, source, isGiven ? [headers] : []);
        Assert.Contains(Path.Combine(headers, "http_packets.h"), sources.Values);
        Assert.Null(ObjectAge.FindDifference(spec, built, sources));

        BtfLineInfo line = spec.BtfExtension!.Lines.Values.SelectMany(section => section).First(line => line.Text.Length != 0 && line.FileName.EndsWith("http_packets.h", StringComparison.Ordinal));
        string[] lines = File.ReadAllLines(sources[line.FileName]);
        lines[line.Line - 1] = "something_else();";
        File.WriteAllLines(sources[line.FileName], lines);
        Assert.Contains($"line {line.Line} of http_packets.h was '{line.Text.Trim()}' when it was compiled, and is 'something_else();' now", ObjectAge.FindDifference(spec, built, sources), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Find()
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(_object);
        return ObjectAge.FindDifference(spec, _object, ObjectAge.FindSources(spec, _source, []));
    }

    private void SetTimes(TimeSpan sourceAfterObject)
    {
        DateTime now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(_object, now);
        File.SetLastWriteTimeUtc(_source, now + sourceAfterObject);
    }
}
