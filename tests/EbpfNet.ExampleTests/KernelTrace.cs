using System.Diagnostics;
using System.Globalization;

namespace EbpfNet.ExampleTests;

/// <summary>
/// What a process holds in the kernel, noted while it runs and looked for after its end: BPF programs, maps and links by their ids, network namespaces by the kernel's
/// own list. Only what was this process's is looked for: other tests may be at work at the same time.
/// </summary>
internal sealed class KernelTrace : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly NamespaceWatch _namespaces = new();

    internal HashSet<uint> Programs { get; } = [];

    internal HashSet<uint> Maps { get; } = [];

    internal HashSet<uint> Links { get; } = [];

    internal int Namespaces => _namespaces.Watched;

    /// <summary>Notes what the process holds just now.</summary>
    internal static KernelTrace Of(int processId)
    {
        KernelTrace trace = new();
        foreach (string path in Directory.GetFiles($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/fdinfo"))
        {
            try
            {
                foreach (string line in File.ReadLines(path))
                {
                    trace.Note(line);
                }
            }
            catch (IOException)
            {
                // The descriptor was closed in between.
            }
        }

        trace._namespaces.WatchHeldBy(processId);
        return trace;
    }

    /// <summary>Fails unless all of it goes within a few seconds; the kernel takes a moment to tidy up.</summary>
    internal async Task AssertGoneAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (LeftPrograms() is { Count: > 0 } || LeftMaps() is { Count: > 0 } || LeftLinks() is { Count: > 0 })
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start) < Patience,
                $"left behind: programs {string.Join(", ", LeftPrograms())}; maps {string.Join(", ", LeftMaps())}; links {string.Join(", ", LeftLinks())}");
            await Task.Delay(20);
        }

        Assert.True(await _namespaces.AllGoneAsync(Patience), $"{_namespaces.Alive} of {_namespaces.Watched} network namespaces are left behind");
    }

    public void Dispose() => _namespaces.Dispose();

    private List<uint> LeftPrograms() => [.. BpfProgram.GetIds().Where(Programs.Contains)];

    private List<uint> LeftLinks() => [.. BpfLink.GetIds().Where(Links.Contains)];

    private List<uint> LeftMaps() => [.. BpfMap.GetIds().Where(Maps.Contains)];

    private void Note(string line)
    {
        if (line.Split(':') is [var key, var value] && uint.TryParse(value.Trim(), CultureInfo.InvariantCulture, out uint id))
        {
            _ = key switch
            {
                "prog_id" => Programs.Add(id), // a program's own descriptor, or a link's
                "map_id" => Maps.Add(id),
                "link_id" => Links.Add(id),
                _ => false,
            };
        }
    }
}
