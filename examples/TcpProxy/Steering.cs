using System.Net.Sockets;
using EbpfNet;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// Brings ports to listening sockets. With pins it outlives the process: the next one takes its place at once when all is ready, and connections are refused only while there is no process at
/// all. The owner is the process whose program is attached.
/// </summary>
internal sealed class Steering : IDisposable
{
    private const uint Refused = uint.MaxValue; // TCP_PROXY_REFUSED

    private readonly TcpProxyProgram _program;
    private readonly uint[] _before;
    private NetnsLink? _link;
    private IReadOnlyDictionary<int, int> _served = new Dictionary<int, int>();

    private Steering(TcpProxyProgram program, NetnsLink? link, uint[] before) => (_program, _link, _before, IsTakenOver) = (program, link, before, link is not null);

    /// <summary>The loaded program.</summary>
    public TcpProxyProgram Program => _program;

    /// <summary>Whether another process steered, when this one came.</summary>
    public bool IsTakenOver { get; }

    /// <summary>Whether it is this process that steers: not so any more when another has taken over.</summary>
    public bool IsOwner => _link?.HasProgram(_program.TcpProxySteer) == true;

    /// <summary>Loads the program. It counts on where the one of the process before is, which it leaves alone until <see cref="Engage"/>.</summary>
    /// <param name="pins">What is pinned; <see langword="null"/> for no pins: all ends with this process.</param>
    /// <param name="splice">Whether connections are to be joined, too.</param>
    public static Steering Load(BpfPinFolder? pins, bool splice)
    {
        NetnsLink? link = pins is null ? null : SteeringPins.OpenLink(pins);
        TcpProxyProgram? program = null;
        try
        {
            Spec spec = ReadSpec();
            spec.TcpProxySplice.AutoLoad = splice;
            if (!splice)
            {
                spec.Sources.MaxEntries = spec.Sinks.MaxEntries = spec.Joins.MaxEntries = spec.Flows.MaxEntries = 1;
            }

            TcpProxyApp[] apps = link is null ? [] : SteeringPins.Share(pins!, spec.Object);
            program = TcpProxyProgram.Load(spec, new BpfLoadOptions());
            program.Apps.WriteRange(0, apps);
            return new Steering(program, link, splice && link is not null ? SteeringPins.ReadPorts(pins!) : []);
        }
        catch
        {
            program?.Dispose();
            link?.Dispose();
            throw;
        }
    }

    /// <summary>Whether a port was steered by the process before, and still is until <see cref="Engage"/>: known where connections are to be joined.</summary>
    public bool WasSteered(int port) => port < _before.Length && _before[port] != 0;

    /// <summary>Becomes the owner, once all is in place that the program needs for the first connection: attaches it to this network namespace, or puts it in the place of the one before.</summary>
    /// <param name="pins">Where all is pinned, or <see langword="null"/>. If anything fails, what was there before stays.</param>
    /// <param name="fill">Sets listeners and ports.</param>
    public void Engage(BpfPinFolder? pins, Action fill)
    {
        fill();
        try
        {
            SteeringPins.Pin(pins, _program);
            if (_link is null)
            {
                _link = _program.TcpProxySteer.AttachNetns();
                pins?.Pin(_link, SteeringPins.Link);
            }
            else
            {
                pins!.Update(_link, _program.TcpProxySteer);
            }

            pins?.Commit();
        }
        catch
        {
            pins?.Undo(); // at once: the sockets are closed next
            if (!IsTakenOver)
            {
                _link?.Dispose();
            }

            throw;
        }
    }

    /// <summary>The names of apps, each at its number; empty where there is none.</summary>
    public string[] ReadNames() => [.. _program.Apps.Select(app => app.Name.ToString())];

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

    /// <summary>Says which ports are whose.</summary>
    /// <param name="ports">The app's number for each port.</param>
    /// <param name="refused">Ports that nobody may connect to.</param>
    public void SetPorts(IReadOnlyDictionary<int, int> ports, IEnumerable<int> refused)
    {
        uint[] wanted = new uint[_program.Ports.Length];
        foreach (int port in refused)
        {
            wanted[port] = Refused;
        }

        foreach ((int port, int app) in ports)
        {
            wanted[port] = (uint)app + 1;
        }

        _program.Ports.WriteRange(0, wanted); // in few calls, each port at once
        _served = ports;
    }

    /// <summary>Refuses no port any more: the sockets that had them are closed next.</summary>
    public void ForgetRefused() => SetPorts(_served, []);

    /// <summary>How many connection attempts were brought to an app's socket, and how many found none.</summary>
    public TcpProxySteering ReadCounters(int app) => _program.Steering.Aggregate(app, (a, b) => new TcpProxySteering { Steered = a.Steered + b.Steered, Unserved = a.Unserved + b.Unserved });

    public void Dispose()
    {
        _link?.Dispose(); // detaches, unless it is pinned
        _program.Dispose();
    }
}
