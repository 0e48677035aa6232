using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpProxyProgram;

namespace EbpfNet.KernelTests.TcpProxy;

/// <summary>Where tcp_proxy brings connections, and how it counts them, in a network namespace of its own.</summary>
[Trait("OtherKernels", "")]
public sealed class TcpProxyProgramTests : KernelTest
{
    private const int App = 3;
    private const uint Refused = uint.MaxValue;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly NetworkHost _host;

    public TcpProxyProgramTests() => _host = NetworkHost.Create("proxied");

    public override void Dispose()
    {
        _host.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public async Task Connections_to_an_apps_ports_come_to_its_socket_by_IPv4_and_IPv6()
    {
        using TcpProxyProgram program = Load();
        using Socket listener = Listen(IPAddress.IPv6Any, 0);
        program.Listeners.Set(App, listener);
        program.Ports.WriteRange(7000, [App + 1, App + 1]);
        using NetnsLink link = _host.Run(() => program.TcpProxySteer.AttachNetns());

        foreach ((IPAddress address, int port) in ((IPAddress, int)[])[(IPAddress.Loopback, 7000), (IPAddress.Loopback, 7001), (IPAddress.IPv6Loopback, 7000)])
        {
            using Socket client = await _host.ConnectAsync(new IPEndPoint(address, port), Patience);
            using Socket server = await listener.AcceptAsync();
            Assert.Equal(port, ((IPEndPoint)server.LocalEndPoint!).Port);
        }

        await AssertRefusedAsync(7002);
        Assert.Equal((3ul, 0ul), Counters(program));
    }

    [SkippableFact]
    public async Task Without_a_socket_they_go_where_they_would_go_without_the_program_and_are_counted()
    {
        using TcpProxyProgram program = Load();
        using Socket listener = Listen(IPAddress.IPv6Any, 0);
        using Socket other = Listen(IPAddress.Loopback, 7001);
        program.Listeners.Set(App, listener);
        program.Ports.WriteRange(7000, [App + 1, App + 1]);
        using NetnsLink link = _host.Run(() => program.TcpProxySteer.AttachNetns());

        listener.Dispose(); // takes it out of the map
        await AssertRefusedAsync(7000);
        using Socket client = await _host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 7001), Patience);
        using Socket server = await other.AcceptAsync();

        Assert.Equal((0ul, 2ul), Counters(program));
    }

    [SkippableFact]
    public async Task Nobody_comes_to_a_refused_port_though_somebody_listens_there()
    {
        using TcpProxyProgram program = Load();
        using Socket listener = Listen(IPAddress.Loopback, 7000);
        program.Ports.Write(7000, Refused);
        using (_host.Run(() => program.TcpProxySteer.AttachNetns()))
        {
            await AssertRefusedAsync(7000);
        }

        using Socket client = await _host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 7000), Patience);
    }

    /// <summary>What joins connections, and takes large maps for it, is looked at by the example's tests.</summary>
    private static TcpProxyProgram Load()
    {
        Spec spec = ReadSpec();
        spec.Sources.MaxEntries = spec.Sinks.MaxEntries = spec.Joins.MaxEntries = spec.Flows.MaxEntries = 1;
        return TcpProxyProgram.Load(spec, new BpfLoadOptions());
    }

    private Socket Listen(IPAddress address, int port) => _host.Run(() =>
    {
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        return listener;
    });

    private async Task AssertRefusedAsync(int port)
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => _host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Patience));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    private static (ulong Steered, ulong Unserved) Counters(TcpProxyProgram program)
    {
        TcpProxySteering sum = program.Steering.Aggregate(App, (a, b) => new TcpProxySteering { Steered = a.Steered + b.Steered, Unserved = a.Unserved + b.Unserved });
        return (sum.Steered, sum.Unserved);
    }
}
