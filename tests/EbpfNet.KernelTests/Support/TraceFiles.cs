using System.Diagnostics;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

/// <summary>The kernel's tracepoints and probes, mounted for a test where they are not.</summary>
internal sealed class TraceFiles : IDisposable
{
    private readonly string? _mounted;

    public TraceFiles()
    {
        if (TraceFileSystem.Find(Directory.Exists, () => File.ReadLines("/proc/self/mounts")) is { } found)
        {
            Folder = found;
            return;
        }

        _mounted = Folder = Directory.CreateTempSubdirectory("ebpfnet-trace-").FullName;
        Run("mount", "-t", "tracefs", "tracefs", Folder);
    }

    public string Folder { get; }

    public void Dispose()
    {
        if (_mounted is not null)
        {
            Run("umount", _mounted);
            Directory.Delete(_mounted);
        }
    }

    private static void Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {said}");
    }
}
