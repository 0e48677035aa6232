using System.Net.Sockets;
using EbpfNet;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// Brings ports to listening sockets. With pins it outlives the process: the next one takes it over, ports and all, and connections are refused only while
/// there is no process at all. The owner is the process whose program is attached: nobody else may write.
/// </summary>
internal sealed class Steering : IDisposable
{
    private const uint Refused = uint.MaxValue; // TCP_PROXY_REFUSED

    private readonly TcpProxyProgram _program;
    private readonly SteeringPins? _pins;
    private readonly bool _sharesMaps;
    private readonly uint[] _ports = new uint[ushort.MaxValue + 1];
    private NetnsLink? _link;

    private Steering(TcpProxyProgram program, SteeringPins? pins, bool sharesMaps)
    {
        (_program, _pins, _sharesMaps) = (program, pins, sharesMaps);
        program.Ports.CopyTo(_ports);
    }

    /// <summary>The loaded program.</summary>
    public TcpProxyProgram Program => _program;

    /// <summary>Whether another process steers, or did until it ended.</summary>
    public bool IsTakenOver => _pins?.Link is not null;

    /// <summary>Whether it is this process that steers: not so any more when another has taken over.</summary>
    public bool IsOwner => _link is null || _link.GetInfo().ProgramId == _program.TcpProxySteer.Id;

    /// <summary>How many apps there is room for.</summary>
    public int Capacity => _program.Listeners.Length;

    /// <summary>Loads the program, with the maps of the process before if they are pinned. Nothing that steers is changed before <see cref="Engage"/>.</summary>
    /// <param name="pinDirectory">A folder on a BPF file system, locked; <see langword="null"/> for no pins: all ends with this process.</param>
    /// <param name="splice">Whether connections are to be joined, too.</param>
    public static Steering Load(string? pinDirectory, bool splice)
    {
        SteeringPins? pins = pinDirectory is null ? null : SteeringPins.Open(pinDirectory);
        try
        {
            Spec spec = ReadSpec();
            spec.TcpProxySplice.AutoLoad = splice;
            if (!splice)
            {
                spec.Connections.MaxEntries = spec.Joins.MaxEntries = spec.Flows.MaxEntries = 1;
            }

            bool sharesMaps = pins?.HasMaps == true;
            pins?.Share(spec.Object);
            return new Steering(TcpProxyProgram.Load(spec, new BpfLoadOptions()), pins, sharesMaps);
        }
        catch
        {
            pins?.Link?.Dispose();
            throw;
        }
    }

    /// <summary>Becomes the owner: attaches the program to this network namespace and pins all, or takes the place of the process before.</summary>
    /// <param name="fill">Sets listeners and ports. Whoever shares maps is the owner before, so that it is alone with them; else, all is in place when the program sees the first connection.</param>
    public void Engage(Action fill)
    {
        NetnsLink? before = _pins?.Link;
        if (_sharesMaps)
        {
            before!.Update(_program.TcpProxySteer);
        }

        fill();
        if (!_sharesMaps)
        {
            before?.Update(_program.TcpProxySteer);
        }

        NetnsLink link = before ?? _program.TcpProxySteer.AttachNetns();
        try
        {
            _pins?.Keep(_program, link, _sharesMaps);
        }
        catch
        {
            link.Dispose();
            throw;
        }

        _link = link;
    }

    /// <summary>The names of apps, each at its number; empty where there is none.</summary>
    public string[] ReadNames()
    {
        List<string> names = [];
        foreach (TcpProxyApp app in _program.Apps)
        {
            names.Add(app.Name.ToString());
        }

        return [.. names];
    }

    /// <summary>Puts a listening socket in an app's place, at once: what the socket before has not accepted yet is still its own.</summary>
    public void SetListener(int app, string name, Socket listener)
    {
        if (_program.Apps[app].Name.ToString() != name)
        {
            TcpProxyApp entry = default;
            entry.Name = name;
            _program.Steering.WriteAll(app, default); // another app's
            _program.Apps.Write(app, entry);
        }

        _program.Listeners.Set(app, listener);
    }

    /// <summary>Forgets an app that has no ports any more.</summary>
    public void RemoveName(int app) => _program.Apps.Write(app, default);

    /// <summary>Brings nothing more to an app's socket.</summary>
    public void RemoveListener(int app) => _program.Listeners.Remove(app);

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

        Write(wanted);
    }

    /// <summary>Refuses no port any more: the sockets that had them are closed.</summary>
    public void ForgetRefused() => Write([.. _ports.Select(port => port == Refused ? 0 : port)]);

    /// <summary>How many connection attempts were brought to an app's socket, and how many found none.</summary>
    public TcpProxySteering ReadCounters(int app) => _program.Steering.Aggregate(app, (a, b) => new TcpProxySteering { Steered = a.Steered + b.Steered, Unserved = a.Unserved + b.Unserved });

    public void Dispose()
    {
        (_link ?? _pins?.Link)?.Dispose(); // detaches, unless it is pinned
        _program.Dispose();
    }

    private void Write(ReadOnlySpan<uint> wanted)
    {
        for (int first = 0; first < wanted.Length; first++)
        {
            int last = first;
            while (last < wanted.Length && wanted[last] != _ports[last])
            {
                last++;
            }

            if (last > first)
            {
                _program.Ports.WriteRange(first, wanted[first..last]);
                wanted[first..last].CopyTo(_ports.AsSpan(first));
                first = last;
            }
        }
    }
}
