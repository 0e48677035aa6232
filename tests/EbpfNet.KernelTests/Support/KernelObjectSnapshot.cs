using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

/// <summary>What BPF objects there are, so that what a test added and did not take away can be named.</summary>
internal sealed class KernelObjectSnapshot
{
    // The kernel frees maps and programs a moment after their last user went (RCU, work queues); structs of functions take seconds, and others wait behind them.
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(60); // An emulated machine with one CPU was seen to take more than 20.

    private static readonly (BpfCommand NextId, string Kind, string FdInfoKey)[] Kinds =
    [
        (BpfCommand.MapGetNextId, "map", "map_id:"),
        (BpfCommand.ProgGetNextId, "program", "prog_id:"),
        (BpfCommand.LinkGetNextId, "link", "link_id:"),
        (BpfCommand.BtfGetNextId, "BTF", "btf_id:"),
    ];

    private readonly Dictionary<string, HashSet<uint>> _ids;
    private readonly HashSet<string> _held;

    private KernelObjectSnapshot(Dictionary<string, HashSet<uint>> ids, HashSet<string> held)
    {
        _ids = ids;
        _held = held;
    }

    public static KernelObjectSnapshot Take() => new(ReadIds(), [.. ReadOwnDescriptors(), .. ReadOwnMappings()]);

    /// <summary>A line for everything that was not there before; empty when all is as it was.</summary>
    /// <remarks>
    /// What this process itself holds is looked at once and at once: closing takes effect before it returns, and with time the garbage collector would
    /// close what was forgotten.
    /// </remarks>
    public IReadOnlyList<string> FindLeftovers(TimeSpan? grace = null)
    {
        List<string> held = [.. ReadOwnDescriptors().Concat(ReadOwnMappings()).Where(now => !_held.Contains(now))];
        DateTime end = DateTime.UtcNow + (held.Count > 0 ? TimeSpan.Zero : grace ?? DefaultGrace);
        while (true)
        {
            List<string> found = FindNow();
            if (found.Count == 0 || DateTime.UtcNow >= end)
            {
                return [.. held, .. found];
            }

            Thread.Sleep(10);
        }
    }

    private List<string> FindNow()
    {
        var found = new List<string>();
        Dictionary<string, HashSet<uint>> now = ReadIds();
        foreach ((_, string kind, _) in Kinds)
        {
            now[kind].ExceptWith(_ids[kind]);
        }

        if (now.Values.Any(ids => ids.Count > 0))
        {
            RemoveThoseOfOthers(now);
            RemoveThoseOfModules(now["BTF"]);
            found.AddRange(now.SelectMany(kind => kind.Value.Select(id => $"{kind.Key} with id {id}{DescribeObject(kind.Key, id)}")));
        }

        return found;
    }

    private static Dictionary<string, HashSet<uint>> ReadIds() =>
        Kinds.ToDictionary(kind => kind.Kind, kind => KernelObjects.GetIds(kind.NextId, kind.Kind).ToHashSet());

    private static List<string> ReadOwnDescriptors()
    {
        var found = new List<string>();
        foreach (string link in Directory.GetFiles("/proc/self/fd"))
        {
            try
            {
                if (new FileInfo(link).LinkTarget is { } target && target.StartsWith("anon_inode:", StringComparison.Ordinal)
                    && (target.Contains("bpf", StringComparison.Ordinal) || target.Contains("btf", StringComparison.Ordinal) || target.Contains("perf_event", StringComparison.Ordinal)))
                {
                    found.Add($"descriptor {Path.GetFileName(link)} of {target}");
                }
            }
            catch (IOException)
            {
                // Closed in between.
            }
        }

        return found;
    }

    private static IEnumerable<string> ReadOwnMappings() =>
        File.ReadLines("/proc/self/maps").Where(line => line.Contains("bpf-map", StringComparison.Ordinal)).Select(line => $"mapping {line}");

    /// <summary>
    /// Other processes use BPF too: what one of them holds by a descriptor, or through a program that it holds, is not this test's. Which maps it holds by their memory alone the kernel
    /// does not say: it may be any that can be mapped and that this process has no descriptor of.
    /// </summary>
    private static void RemoveThoseOfOthers(Dictionary<string, HashSet<uint>> ids)
    {
        bool othersMap = false;
        foreach (string process in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            if (Path.GetFileName(process) == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            {
                continue;
            }

            try
            {
                foreach (string info in Directory.GetFiles(process + "/fdinfo"))
                {
                    RemoveDescribed(ids, info);
                }

                othersMap |= File.ReadLines(process + "/maps").Any(line => line.Contains("bpf-map", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended in between.
            }
        }

        if (othersMap)
        {
            RemoveMappable(ids);
        }
    }

    /// <summary>The kernel loads a module when its filters, actions or tables are first asked for, and the module's types with it.</summary>
    private static void RemoveThoseOfModules(HashSet<uint> ids)
    {
        foreach (uint id in ids.ToArray())
        {
            if (KernelObjects.TryOpenById(BpfCommand.BtfGetFdById, id, out BpfHandle? btf) == BpfErrno.None)
            {
                using (btf)
                {
                    BtfInfoData info = default;
                    if (KernelObjects.TryGetInfo(btf!, ref info) == BpfErrno.None && info.KernelBtf != 0)
                    {
                        ids.Remove(id);
                    }
                }
            }
        }
    }

    private static void RemoveMappable(Dictionary<string, HashSet<uint>> ids)
    {
        foreach (uint id in ids["map"].Except(ReadOwnMaps()).ToArray())
        {
            if (KernelObjects.TryOpenById(BpfCommand.MapGetFdById, id, out BpfHandle? map) == BpfErrno.None)
            {
                using (map)
                {
                    MapInfoData info = default;
                    if (KernelObjects.TryGetInfo(map!, ref info) == BpfErrno.None && (info.MapFlags & EbpfNet.Abi.BpfMapFlags.Mmapable) != 0)
                    {
                        ids["map"].Remove(id);
                        ids["BTF"].Remove(info.BtfId);
                    }
                }
            }
        }
    }

    private static HashSet<uint> ReadOwnMaps()
    {
        const string Key = "map_id:";
        var own = new HashSet<uint>();
        foreach (string info in Directory.GetFiles("/proc/self/fdinfo"))
        {
            try
            {
                own.UnionWith(File.ReadLines(info).Where(line => line.StartsWith(Key, StringComparison.Ordinal)).Select(line => uint.Parse(line.AsSpan(Key.Length).Trim(), CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // Closed in between.
            }
        }

        return own;
    }

    private static void RemoveDescribed(Dictionary<string, HashSet<uint>> ids, string fdInfo)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(fdInfo);
        }
        catch (IOException)
        {
            return;
        }

        foreach (string line in lines)
        {
            foreach ((_, string kind, string key) in Kinds)
            {
                if (line.StartsWith(key, StringComparison.Ordinal) && uint.TryParse(line.AsSpan(key.Length).Trim(), CultureInfo.InvariantCulture, out uint id))
                {
                    ids[kind].Remove(id);
                    if (kind == "program")
                    {
                        RemoveUsedBy(ids, id);
                    }
                    else if (kind == "map")
                    {
                        RemoveBtfOf(ids, id);
                    }
                }
            }
        }
    }

    private static unsafe void RemoveUsedBy(Dictionary<string, HashSet<uint>> ids, uint programId)
    {
        if (KernelObjects.TryOpenById(BpfCommand.ProgGetFdById, programId, out BpfHandle? program) != BpfErrno.None)
        {
            return;
        }

        using (program)
        {
            uint* maps = stackalloc uint[64];
            var info = new ProgramInfoData { NrMapIds = 64, MapIds = maps };
            if (KernelObjects.TryGetInfo(program!, ref info) == BpfErrno.None)
            {
                ids["BTF"].Remove(info.BtfId);
                for (int i = 0; i < Math.Min(info.NrMapIds, 64); i++)
                {
                    ids["map"].Remove(maps[i]);
                    RemoveBtfOf(ids, maps[i]);
                }
            }
        }
    }

    private static void RemoveBtfOf(Dictionary<string, HashSet<uint>> ids, uint mapId)
    {
        if (KernelObjects.TryOpenById(BpfCommand.MapGetFdById, mapId, out BpfHandle? map) == BpfErrno.None)
        {
            using (map)
            {
                MapInfoData info = default;
                _ = KernelObjects.TryGetInfo(map!, ref info);
                ids["BTF"].Remove(info.BtfId);
            }
        }
    }

    private static string DescribeObject(string kind, uint id)
    {
        BpfCommand? command = kind switch { "map" => BpfCommand.MapGetFdById, "program" => BpfCommand.ProgGetFdById, _ => null };
        if (command is null || KernelObjects.TryOpenById(command.Value, id, out BpfHandle? handle) != BpfErrno.None)
        {
            return "";
        }

        using (handle)
        {
            if (kind == "map")
            {
                MapInfoData map = default;
                return KernelObjects.TryGetInfo(handle!, ref map) == BpfErrno.None ? $" '{map.Name}'" : "";
            }

            ProgramInfoData program = default;
            return KernelObjects.TryGetInfo(handle!, ref program) == BpfErrno.None ? $" '{program.Name}'" : "";
        }
    }
}
