namespace EbpfNet.Tests.Generate;

/// <summary>Package EbpfNet as it is now, in a folder that goes with this object.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebpfnet-feed-").FullName;

    /// <summary>The folder with the package.</summary>
    public string Path => System.IO.Path.Combine(_folder, "feed");

    public async Task InitializeAsync()
    {
        // Into folders of its own: builds at the same time are not disturbed.
        string project = System.IO.Path.Combine(Repository.Root, "src/EbpfNet");
        (int exitCode, string log) = await CommandRun.RunAsync(
            "dotnet", "pack", project, "--output", Path, "--artifacts-path", System.IO.Path.Combine(_folder, "artifacts"), "-nologo", "-v:q", "-nodeReuse:false", "-p:RunAnalyzers=false");
        Assert.True(exitCode == 0, log);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
