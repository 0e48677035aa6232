using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;

namespace TcpProxy;

/// <summary>What outlives the process: maps, program and link, pinned in one folder. To be used while <see cref="PinFolder"/> is locked.</summary>
internal sealed class SteeringPins
{
    private static readonly string[] Maps = ["ports", "listeners", "apps", "steering"];

    private readonly string _directory;

    private SteeringPins(string directory) => _directory = directory;

    /// <summary>The link of the process before; <see langword="null"/> if there was none.</summary>
    public NetnsLink? Link { get; private init; }

    /// <summary>Whether the maps of the process before go on being used.</summary>
    public bool HasMaps => Link is not null && Maps.All(map => File.Exists(At(map)));

    /// <summary>Looks at what is pinned. What is left of a network namespace that is gone does not count.</summary>
    /// <exception cref="UserErrorException">It steers another network namespace.</exception>
    public static SteeringPins Open(string directory)
    {
        string pin = Path.Combine(directory, "link");
        if (!File.Exists(pin))
        {
            return new SteeringPins(directory);
        }

        NetnsLink link = NetnsLink.OpenPinned(pin);
        using BpfNetworkNamespace here = BpfNetworkNamespace.OpenCurrent();
        if (link.NamespaceId == here.Id)
        {
            return new SteeringPins(directory) { Link = link };
        }

        link.Dispose();
        return link.NamespaceId == 0
            ? new SteeringPins(directory)
            : throw new UserErrorException($"The pins in {directory} are those of a proxy in another network namespace: choose another folder with --pins.");
    }

    /// <summary>Whether a proxy's link is pinned there.</summary>
    public static bool Exist(string? directory) => directory is not null && File.Exists(Path.Combine(directory, "link"));

    /// <summary>Has an object use the pinned maps.</summary>
    public void Share(BpfObjectSpec spec)
    {
        foreach (string map in HasMaps ? Maps : [])
        {
            spec.Maps[map].PinPath = At(map);
        }
    }

    /// <summary>Pins what is not pinned yet: all, or nothing.</summary>
    public void Keep(TcpProxyProgram program, NetnsLink link, bool areMapsShared)
    {
        List<(string Name, Action<string> Pin)> pins = [("program", program.TcpProxySteer.Pin)];
        pins.AddRange(areMapsShared ? [] : Maps.Select(map => (map, (Action<string>)program.Object.Maps[map].Pin)));
        if (link != Link)
        {
            pins.Add(("link", link.Pin));
        }

        Directory.CreateDirectory(_directory);
        try
        {
            foreach ((string name, Action<string> pin) in pins)
            {
                File.Delete(At(name)); // the process's before
                pin(At(name));
            }
        }
        catch when (Link is null)
        {
            Remove(_directory);
            throw;
        }
    }

    /// <summary>Removes the pins.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Remove(string directory)
    {
        bool found = false;
        foreach (string pin in Maps.Append("program").Append("link").Select(name => Path.Combine(directory, name)).Where(File.Exists))
        {
            found = true;
            File.Delete(pin);
        }

        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }

        return found;
    }

    private string At(string name) => Path.Combine(_directory, name);
}
