using System.Globalization;

namespace EbpfNet.Tool.Inspect;

/// <summary>Which processes hold which programs, maps, links and BTF open, as far as <c>/proc</c> shows it to this one.</summary>
internal sealed class Holders
{
    private const string InfoFolder = "fdinfo";

    private static readonly Dictionary<string, ObjectKinds> Keys = new(StringComparer.Ordinal)
    {
        ["prog_id"] = ObjectKinds.Programs,
        ["map_id"] = ObjectKinds.Maps,
        ["link_id"] = ObjectKinds.Links,
        ["btf_id"] = ObjectKinds.Btf,
    };

    private readonly Dictionary<(ObjectKinds Kind, uint Id), SortedDictionary<int, string>> _holders = [];

    private Holders()
    {
    }

    /// <summary>Looks at all processes.</summary>
    internal static Holders Find()
    {
        Holders found = new();
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId)
            {
                found.Look(process, id);
            }
        }

        return found;
    }

    /// <summary>The processes that hold an object, each with its number and its name.</summary>
    internal IReadOnlyList<Facts> Of(ObjectKinds kind, uint id) => _holders.TryGetValue((kind, id), out SortedDictionary<int, string>? processes)
        ? [.. processes.Select(process => new Facts().Add("comm", process.Value).Add("pid", process.Key))]
        : [];

    private void Look(string process, int id)
    {
        string? name = null;
        try
        {
            foreach (string descriptor in Directory.EnumerateFiles($"{process}/fd"))
            {
                name = Look(process, descriptor, id, name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not for this process to see.
        }
    }

    /// <returns>The process's name, once it is known.</returns>
    private string? Look(string process, string descriptor, int id, string? name)
    {
        try
        {
            // "anon_inode:bpf-map", "anon_inode:bpf_link", "anon_inode:btf"; some kernels put links in brackets.
            if (File.ResolveLinkTarget(descriptor, returnFinalTarget: false) is { } target && Path.GetFileName(target.FullName) is { } what
                && what.StartsWith("anon_inode:", StringComparison.Ordinal) && (what.Contains("bpf", StringComparison.Ordinal) || what.Contains("btf", StringComparison.Ordinal)))
            {
                name ??= File.ReadAllText($"{process}/comm").TrimEnd('\n');
                Read($"{process}/{InfoFolder}/{Path.GetFileName(descriptor)}", what, id, name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed since it was listed, which says nothing about the next one.
        }

        return name;
    }

    private void Read(string file, string what, int process, string name)
    {
        foreach (string line in File.ReadLines(file))
        {
            // A link tells its program's id, too, and a program its map's: what it is itself decides.
            if (line.Split(':', 2) is [var key, var value] && Keys.TryGetValue(key, out ObjectKinds kind) && IsOf(kind, what)
                && uint.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            {
                if (!_holders.TryGetValue((kind, id), out SortedDictionary<int, string>? processes))
                {
                    _holders.Add((kind, id), processes = []);
                }

                processes[process] = name;
            }
        }
    }

    private static bool IsOf(ObjectKinds kind, string what) => kind switch
    {
        ObjectKinds.Programs => what.Contains("prog", StringComparison.Ordinal),
        ObjectKinds.Maps => what.Contains("map", StringComparison.Ordinal),
        ObjectKinds.Links => what.Contains("link", StringComparison.Ordinal) || what.Contains("iter", StringComparison.Ordinal),
        _ => what.Contains("btf", StringComparison.Ordinal),
    };
}
