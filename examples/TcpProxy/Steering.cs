using System.Net.Sockets;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// Brings ports to listening sockets. With pins it outlives the process: the next one takes it over, ports and all, and connections are refused only while
/// there is no process at all.
/// </summary>
internal sealed class Steering : IDisposable
{
    private const uint Refused = uint.MaxValue; // TCP_PROXY_REFUSED

    private static readonly string[] PinnedMaps = ["ports", "listeners", "apps", "steering"];

    private readonly TcpProxyProgram _program;
    private readonly NetnsLink _link;
    private readonly uint[] _ports = new uint[ushort.MaxValue + 1];

    private Steering(TcpProxyProgram program, NetnsLink link)
    {
        (_program, _link) = (program, link);
        program.Ports.CopyTo(_ports);
    }

    /// <summary>The loaded program.</summary>
    public TcpProxyProgram Program => _program;

    /// <summary>Loads the program and attaches it to this network namespace; or takes over what is pinned, with this program in the place of the old one.</summary>
    /// <param name="pinDirectory">A folder on a BPF file system; <see langword="null"/> for no pins: all ends with this process.</param>
    /// <param name="splice">Whether connections are to be joined, too.</param>
    /// <param name="takenOver">Whether there was something.</param>
    public static Steering Open(string? pinDirectory, bool splice, out bool takenOver)
    {
        takenOver = false;
        Spec spec = ReadSpec();
        spec.TcpProxySplice.AutoLoad = splice;
        if (!splice)
        {
            spec.Connections.MaxEntries = spec.Joins.MaxEntries = spec.Flows.MaxEntries = 1;
        }

        if (pinDirectory is null)
        {
            TcpProxyProgram own = TcpProxyProgram.Load(spec, new BpfLoadOptions());
            return new Steering(own, own.TcpProxySteer.AttachNetns());
        }

        if (Directory.Exists("/sys/fs/bpf") && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(pinDirectory))))
        {
            throw new UserErrorException($"There is no folder for {pinDirectory}: mount a BPF file system (mount -t bpf bpf /sys/fs/bpf), or run with --no-pins.");
        }

        Directory.CreateDirectory(pinDirectory);
        foreach (string map in PinnedMaps)
        {
            spec.Object.Maps[map].PinPath = Path.Combine(pinDirectory, map);
        }

        TcpProxyProgram program = TcpProxyProgram.Load(spec, new BpfLoadOptions());
        NetnsLink link = TakeOver(pinDirectory, program, out takenOver);
        string pin = Path.Combine(pinDirectory, "program");
        File.Delete(pin);
        program.TcpProxySteer.Pin(pin);
        return new Steering(program, link);
    }

    /// <summary>Removes the pins, and with the last process that uses it the program.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Unpin(string pinDirectory)
    {
        bool found = false;
        foreach (string pin in PinnedMaps.Append("program").Append("link").Select(name => Path.Combine(pinDirectory, name)).Where(File.Exists))
        {
            found = true;
            File.Delete(pin);
        }

        if (Directory.Exists(pinDirectory) && !Directory.EnumerateFileSystemEntries(pinDirectory).Any())
        {
            Directory.Delete(pinDirectory);
        }

        return found;
    }

    /// <summary>The number that an app of this name had before; <see langword="null"/> if none.</summary>
    public int? FindApp(string name)
    {
        int at = 0;
        foreach (TcpProxyApp app in _program.Apps)
        {
            if (app.Name.ToString() == name)
            {
                return at;
            }

            at++;
        }

        return null;
    }

    /// <summary>Puts a listening socket in an app's place, at once: what the socket before has not accepted yet is still its own.</summary>
    public void SetListener(int app, string name, Socket listener)
    {
        TcpProxyApp entry = default;
        entry.Name = name;
        _program.Apps.Write(app, entry);
        _program.Listeners.Set(app, listener);
    }

    public void RemoveListener(int app, Socket listener)
    {
        _program.Apps.Write(app, default);
        if (IsCurrent(app, listener))
        {
            _program.Listeners.Remove(app);
        }
    }

    /// <summary>Whether it is this socket that the app's connections are brought to; not so when another process has taken over.</summary>
    public bool IsCurrent(int app, Socket listener) => _program.Listeners.TryGetCookie(app, out ulong cookie) && cookie == listener.GetCookie();

    /// <summary>Says which ports are whose; only what changed is written.</summary>
    /// <param name="ports">The app's number for each port.</param>
    /// <param name="refused">Ports that nobody may connect to.</param>
    public void SetPorts(IReadOnlyDictionary<int, int> ports, IEnumerable<int> refused)
    {
        uint[] wanted = new uint[_ports.Length];
        foreach (int port in refused)
        {
            wanted[port] = Refused;
        }

        foreach ((int port, int app) in ports)
        {
            wanted[port] = (uint)app + 1;
        }

        for (int first = 0; first < wanted.Length; first++)
        {
            int last = first;
            while (last < wanted.Length && wanted[last] != _ports[last])
            {
                last++;
            }

            if (last > first)
            {
                _program.Ports.WriteRange(first, wanted.AsSpan(first, last - first));
                wanted.AsSpan(first, last - first).CopyTo(_ports.AsSpan(first));
                first = last;
            }
        }
    }

    /// <summary>How many connection attempts were brought to an app's socket, and how many found none.</summary>
    public TcpProxySteering ReadCounters(int app) => _program.Steering.Aggregate(app, (a, b) => new TcpProxySteering { Steered = a.Steered + b.Steered, Unserved = a.Unserved + b.Unserved });

    public void Dispose()
    {
        _link.Dispose(); // detaches, unless it is pinned
        _program.Dispose();
    }

    private static NetnsLink TakeOver(string pinDirectory, TcpProxyProgram program, out bool takenOver)
    {
        string pin = Path.Combine(pinDirectory, "link");
        takenOver = File.Exists(pin);
        if (takenOver)
        {
            NetnsLink link = NetnsLink.OpenPinned(pin);
            using BpfNetworkNamespace here = BpfNetworkNamespace.OpenCurrent();
            if (link.NamespaceId == here.Id)
            {
                link.Update(program.TcpProxySteer);
                return link;
            }

            bool isElsewhere = link.NamespaceId != 0;
            link.Dispose();
            if (isElsewhere)
            {
                throw new UserErrorException($"The pins in {pinDirectory} are those of a proxy in another network namespace: choose another folder with --pins.");
            }

            takenOver = false;
            File.Delete(pin); // its namespace is gone
        }

        NetnsLink attached = program.TcpProxySteer.AttachNetns();
        attached.Pin(pin);
        return attached;
    }
}
