using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.ExampleTests;

public sealed class DemoNetworkTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(10);

    [SkippableTheory]
    [InlineData("172.20.0.1", "172.20.0.2", 24)]
    [InlineData("fd00:20::1", "fd00:20::2", 64)]
    public async Task Hosts_on_one_cable_reach_each_other(string left, string right, int prefixLength)
    {
        Requires.NetworkHosts();
        using NetworkHost a = NetworkHost.Create("a");
        using NetworkHost b = NetworkHost.Create("b");
        VethPair.Create(a, "eth0", b, "eth1");
        a.AddAddress("eth0", IPAddress.Parse(left), prefixLength);
        b.AddAddress("eth1", IPAddress.Parse(right), prefixLength);

        await using WebServer server = WebServer.Start(b, new IPEndPoint(IPAddress.Parse(right), 0), path => path == "/x" ? "X" : null);
        using Socket connection = await a.ConnectAsync(server.Endpoint, Patient);

        Assert.Equal(IPAddress.Parse(left), ((IPEndPoint)connection.LocalEndPoint!).Address);
    }

    [SkippableFact]
    public async Task Hosts_on_a_switch_reach_each_other_and_nobody_else()
    {
        Requires.NetworkHosts();
        using NetworkSwitch hub = NetworkSwitch.Create();
        using NetworkHost a = NetworkHost.Create("a");
        using NetworkHost b = NetworkHost.Create("b");
        using NetworkHost c = NetworkHost.Create("c");
        NetworkHost[] hosts = [a, b, c];
        for (int i = 0; i < hosts.Length; i++)
        {
            hub.Plug(hosts[i], "eth0", new IPAddress([172, 20, 0, (byte)(i + 1)]), 24);
        }

        await using WebServer server = WebServer.Start(b, new IPEndPoint(IPAddress.Parse("172.20.0.2"), 80), path => path == "/b" ? "B OK" : null);
        using HttpClient fromA = a.CreateHttpClient(Patient);
        using HttpClient fromC = c.CreateHttpClient(Patient);

        Assert.Equal("B OK", await fromA.GetStringAsync("http://172.20.0.2/b"));
        Assert.Equal("B OK", await fromC.GetStringAsync("http://172.20.0.2/b"));
        Assert.Equal(HttpStatusCode.NotFound, (await fromA.GetAsync("http://172.20.0.2/c")).StatusCode);
        await Assert.ThrowsAsync<TimeoutException>(() => a.ConnectAsync(IPEndPoint.Parse("172.20.0.9:80"), Short));
        SocketException outside = await Assert.ThrowsAsync<SocketException>(() => a.ConnectAsync(IPEndPoint.Parse("198.51.100.1:80"), Short));
        Assert.Equal(SocketError.NetworkUnreachable, outside.SocketErrorCode);
    }

    [SkippableFact]
    public async Task A_host_reaches_another_network_by_way_of_a_gateway_route()
    {
        Requires.NetworkHosts();
        using NetworkHost a = NetworkHost.Create("a");
        using NetworkHost b = NetworkHost.Create("b");
        VethPair.Create(a, "eth0", b, "eth0");
        a.AddAddress("eth0", IPAddress.Parse("172.20.0.1"), 24);
        b.AddAddress("eth0", IPAddress.Parse("172.20.0.2"), 24);
        b.AddAddress("lo", IPAddress.Parse("198.51.100.7"), 32);
        a.AddRoute(IPAddress.Any, 0, IPAddress.Parse("172.20.0.2"));

        using Socket listener = b.CreateListener(IPEndPoint.Parse("198.51.100.7:80"));
        using Socket connection = await a.ConnectAsync(IPEndPoint.Parse("198.51.100.7:80"), Patient);

        Assert.True(connection.Connected);
    }

    [SkippableFact]
    public void Work_inside_a_host_leaves_the_calling_thread_where_it_was()
    {
        Requires.NetworkHosts();
        using NetworkHost host = NetworkHost.Create("host");
        string before = CurrentNamespace();

        string inside = host.Run(CurrentNamespace);

        Assert.NotEqual(before, inside);
        Assert.Equal(before, CurrentNamespace());
    }

    [SkippableFact]
    public void Work_inside_a_host_throws_its_own_exception()
    {
        Requires.NetworkHosts();
        using NetworkHost host = NetworkHost.Create("host");

        Assert.Throws<FormatException>(() => host.Run(() => throw new FormatException()));
        Action asynchronous = () => host.Run(() => Task.CompletedTask);
        Assert.Throws<InvalidOperationException>(asynchronous);
        Assert.Contains("no interface 'eth7'", Assert.Throws<NetworkHostException>(() => host.SetUp("eth7")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_process_started_in_a_host_sees_its_interfaces_only()
    {
        Requires.NetworkHosts();
        using NetworkHost a = NetworkHost.Create("a");
        using NetworkHost b = NetworkHost.Create("b");
        VethPair.Create(a, "left", b, "right");

        using Process cat = a.StartProcess(new ProcessStartInfo("cat", "/proc/net/dev") { RedirectStandardOutput = true });
        string output = cat.StandardOutput.ReadToEnd();
        cat.WaitForExit();

        Assert.Contains("left:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("right:", output, StringComparison.Ordinal);
        Assert.Equal(["left", "lo"], a.GetInterfaces().Select(i => i.Name).Order());
    }

    [SkippableFact]
    public async Task A_host_vanishes_when_it_is_disposed_and_its_sockets_are_closed()
    {
        Requires.NetworkHosts();
        using NamespaceWatch watch = new();
        NetworkHost host = NetworkHost.Create("host");
        Socket socket = host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        watch.WatchHeldBy(Environment.ProcessId); // the host, the observer, and whatever other tests have just now
        int all = watch.Alive;

        host.Dispose();
        await Task.Delay(200);
        int whileTheSocketIsOpen = watch.Alive;
        socket.Dispose();
        await Eventually.IsSoAsync(() => watch.Alive < all);

        Assert.Equal(all, whileTheSocketIsOpen);
        Assert.Equal(all - 1, watch.Alive);
    }

    [SkippableFact]
    public async Task A_host_vanishes_although_what_its_last_connection_sent_was_never_acknowledged()
    {
        Requires.NetworkHosts();
        using NamespaceWatch watch = new();
        NetworkSwitch hub = NetworkSwitch.Create();
        NetworkHost a = NetworkHost.Create("a");
        NetworkHost b = NetworkHost.Create("b");
        hub.Plug(a, "eth0", IPAddress.Parse("172.20.0.1"), 24);
        hub.Plug(b, "eth0", IPAddress.Parse("172.20.0.2"), 24);
        Socket listener = b.CreateListener(IPEndPoint.Parse("172.20.0.2:80"));
        Socket connection = await a.ConnectAsync(IPEndPoint.Parse("172.20.0.2:80"), Patient);
        Socket accepted = await listener.AcceptAsync();
        watch.WatchHeldBy(Environment.ProcessId);
        int all = watch.Alive;

        hub.Dispose(); // pulls both cables
        await Eventually.IsSoAsync(() => watch.Alive < all);

        connection.Send("to nobody"u8);
        accepted.Send("to nobody"u8);
        connection.Dispose();
        accepted.Dispose();
        listener.Dispose();
        a.Dispose();
        b.Dispose();
        await Eventually.IsSoAsync(() => watch.Alive <= all - 3);

        Assert.Equal(all - 3, watch.Alive);
    }

    private static string CurrentNamespace() => new FileInfo("/proc/thread-self/ns/net").LinkTarget!;
}
