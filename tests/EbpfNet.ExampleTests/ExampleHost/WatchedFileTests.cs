using ExampleHost;
using Microsoft.Extensions.Logging.Abstractions;

namespace EbpfNet.ExampleTests.ExampleHost;

public sealed class WatchedFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-watched-");
    private readonly CancellationTokenSource _stop = new();

    public enum Change
    {
        Written,
        Replaced,
        BehindItsLink,
        ByAnotherLink,
        BehindTheLinkOfItsFolder,
    }

    [Theory]
    [InlineData(Change.Written)]
    [InlineData(Change.Replaced)]
    [InlineData(Change.BehindItsLink)]
    [InlineData(Change.ByAnotherLink)]
    [InlineData(Change.BehindTheLinkOfItsFolder)]
    public async Task A_file_is_read_again_whichever_way_it_changes(Change change)
    {
        string path = Path.Combine(_folder.FullName, "watched");
        string first = Path.Combine(_folder.CreateSubdirectory("first").FullName, "file");
        string second = Path.Combine(_folder.CreateSubdirectory("second").FullName, "file");
        await File.WriteAllTextAsync(first, "one");
        await File.WriteAllTextAsync(second, "another");
        string current = Path.Combine(_folder.FullName, "current");
        switch (change)
        {
            case Change.Written or Change.Replaced:
                File.Copy(first, path);
                break;
            case Change.BehindItsLink or Change.ByAnotherLink:
                File.CreateSymbolicLink(path, first);
                break;
            default:
                Directory.CreateSymbolicLink(current, Path.GetDirectoryName(first)!);
                File.CreateSymbolicLink(path, Path.Combine(current, "file"));
                break;
        }

        string seen = "";
        WatchedFile.ReadAndWatch(path, () => Volatile.Write(ref seen, File.ReadAllText(path)), NullLogger.Instance, _stop.Token);
        Assert.Equal("one", seen);
        await Task.Delay(400);
        switch (change)
        {
            case Change.Written:
                await File.WriteAllTextAsync(path, "another");
                break;
            case Change.Replaced:
                File.Move(second, path, overwrite: true);
                break;
            case Change.BehindItsLink:
                await File.WriteAllTextAsync(first, "another");
                break;
            case Change.ByAnotherLink:
                File.CreateSymbolicLink(path + ".new", second);
                File.Move(path + ".new", path, overwrite: true);
                break;
            default:
                Directory.Delete(current);
                Directory.CreateSymbolicLink(current, Path.GetDirectoryName(second)!);
                break;
        }

        for (int i = 0; i < 200 && Volatile.Read(ref seen) != "another"; i++)
        {
            await Task.Delay(50);
        }

        Assert.Equal("another", Volatile.Read(ref seen));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }
}
