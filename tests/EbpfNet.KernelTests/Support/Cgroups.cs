namespace EbpfNet.KernelTests;

/// <summary>Control groups of version 2.</summary>
internal static class Cgroups
{
    /// <summary>The folder of the one that this process is in; skips the test where there is none.</summary>
    public static string Own()
    {
        string path = File.ReadLines("/proc/self/cgroup").Single(line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
        return Path.Join(Mount(), path);
    }

    /// <summary>Where they are mounted.</summary>
    public static string Mount()
    {
        string? mount = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields[2] == "cgroup2")?[1];
        Skip.If(mount is null, "no control groups of version 2 are mounted");
        return mount!;
    }

    /// <summary>A new one below the mount, with no process in it, removed at the end.</summary>
    public static TemporaryCgroup Create() => new(Path.Join(Mount(), $"ebpfnet-{Environment.ProcessId}-{Guid.NewGuid():N}"));

    internal sealed class TemporaryCgroup : IDisposable
    {
        public TemporaryCgroup(string path) => Path = Directory.CreateDirectory(path).FullName;

        public string Path { get; }

        public void Dispose()
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path); // The files in it go with it.
            }
        }
    }
}
