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

        Assert.Contains("the source was written later", Find(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Find() => ObjectAge.FindDifference(BpfObjectSpec.ReadFile(_object), _object, _source);

    private void SetTimes(TimeSpan sourceAfterObject)
    {
        DateTime now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(_object, now);
        File.SetLastWriteTimeUtc(_source, now + sourceAfterObject);
    }
}
