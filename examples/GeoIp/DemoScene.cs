using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace GeoIp;

/// <summary>
/// The network of the demo: a server, and visitors that have real addresses of several countries, on one switch. It is held by this process alone, so it is
/// gone when the process is, however it ends; no packet leaves it.
/// </summary>
internal sealed class DemoScene : IDisposable
{
    internal const string InterfaceName = "eth0";

    internal static readonly IPAddress ServerAddress = IPAddress.Parse("198.51.100.80");
    internal static readonly IPAddress ServerAddressV6 = IPAddress.Parse("2001:db8::80");

    // Addresses of universities, which keep theirs for decades.
    private static readonly (string Name, string Address)[] HomeAddresses =
    [
        ("Germany", "129.187.255.1"),
        ("United States", "128.32.10.1"),
        ("Brazil", "143.107.1.1"),
        ("Japan", "133.11.1.1"),
        ("South Africa", "137.158.1.1"),
        ("Australia", "128.250.1.1"),
        ("India", "14.139.1.1"),
        ("France", "2001:660::1"),
        ("Norway", "2001:700::1"),
        ("private", "10.1.2.3"),
    ];

    private readonly Stack<IDisposable> _network = [];

    private DemoScene()
    {
        NetworkSwitch between = NetworkSwitch.Create();
        _network.Push(between);
        Server = NetworkHost.Create("server");
        _network.Push(Server);
        between.Plug(Server, InterfaceName, ServerAddress, 24);
        Server.AddAddress(InterfaceName, ServerAddressV6, 64);
        Visitors = [.. HomeAddresses.Select((visitor, index) => AddVisitor(between, visitor.Name, IPAddress.Parse(visitor.Address), index + 1))];
    }

    internal NetworkHost Server { get; }

    internal IReadOnlyList<DemoVisitor> Visitors { get; }

    /// <summary>Builds the network. What was built before a failure goes with the process, which has nothing else to do.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    internal static DemoScene Build() => new();

    /// <summary>One visit after the other, some visitors more often than others.</summary>
    internal async Task VisitOnAndOnAsync(CancellationToken stop)
    {
        string[] words = ["kernel", "tcx", "eBPF", "map", "ring buffer", "verifier", "CO-RE", ".NET", "BTF", "XDP", "socket", "SYN", "LRU", "Linux", "hook", "packet"];
        Random random = new(1);
        while (!stop.IsCancellationRequested)
        {
            DemoVisitor visitor = Visitors[(int)(Visitors.Count * Math.Pow(random.NextDouble(), 2))];
            ushort port = RunOptions.SmallServicePorts[random.Next(3)];
            string word = words[(int)(words.Length * Math.Pow(random.NextDouble(), 2))];
            await visitor.AskAsync(port, port == SmallServices.WordPort ? Uri.EscapeDataString(word) : "/", stop);
            await Task.Delay(random.Next(50), stop);
        }
    }

    public void Dispose()
    {
        foreach (IDisposable part in _network)
        {
            part.Dispose();
        }
    }

    /// <summary>The visitor's own address is one that the switch's network does not have: both sides get a route.</summary>
    private DemoVisitor AddVisitor(NetworkSwitch between, string name, IPAddress address, int number)
    {
        bool isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        NetworkHost host = NetworkHost.Create(name);
        _network.Push(host);
        IPAddress gateway = IPAddress.Parse(isIPv6 ? $"2001:db8::{number}" : $"198.51.100.{number}");
        between.Plug(host, InterfaceName, gateway, isIPv6 ? 64 : 24);
        host.AddAddress(InterfaceName, address, isIPv6 ? 128 : 32);
        Server.AddRoute(address, isIPv6 ? 128 : 32, gateway);
        return new DemoVisitor(host, name, address, isIPv6 ? ServerAddressV6 : ServerAddress);
    }
}
