using System.Diagnostics;

namespace EbpfNet.KernelTests;

/// <summary>A BPF file system of a test's own, gone with everything in it when disposed.</summary>
internal sealed class BpfFileSystem : IDisposable
{
    public BpfFileSystem()
    {
        Folder = Directory.CreateTempSubdirectory("ebpfnet-pins-").FullName;
        Run("mount", "-t", "bpf", "bpf", Folder);
    }

    public string Folder { get; }

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Everything that is pinned, and the folders; without the files that some kernels put there themselves.</summary>
    public IEnumerable<string> Entries => Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Folder, path))
        .Where(path => path is not ("maps.debug" or "progs.debug"))
        .Order(StringComparer.Ordinal);

    public void Dispose()
    {
        Run("umount", Folder);
        Directory.Delete(Folder);
    }

    private static void Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {said}");
    }
}
