using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using TcpProxy;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>What brings connections to sockets goes from one process to the next, or stays with the one that has it.</summary>
public sealed class SteeringTests
{
    private const string Filling = "filling";
    private const string Pinning = "pinning";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [InlineData(Filling)]
    [InlineData(Pinning)]
    public async Task A_take_over_that_fails_leaves_everything_to_the_process_before(string failing)
    {
        Requires.Bpf();
        using Mount files = new("bpf");
        using NetworkHost host = NetworkHost.Create("steered");
        host.SetUp("lo");
        using Socket listener = host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        using Steering before = host.Run(() => Start(files["proxy"], "before", listener, () => { }));
        if (failing == Pinning)
        {
            File.Delete(Path.Combine(files["proxy"], "program"));
            Directory.CreateDirectory(Path.Combine(files["proxy"], "program")); // No pin takes its place.
        }

        using (Socket other = host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0)))
        {
            Assert.ThrowsAny<Exception>(() => host.Run(() => Start(files["proxy"], "next", other, failing == Filling ? () => throw new InsufficientMemoryException() : () => { })));
        }

        Assert.True(before.IsOwner);
        Assert.Equal("before", before.ReadNames()[0]);
        await AssertServedAsync(host, listener);
        Assert.Equal(1ul, before.ReadCounters(0).Steered);
        if (failing == Pinning)
        {
            Directory.Delete(Path.Combine(files["proxy"], "program"));
        }

        using Socket last = host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        using Steering next = host.Run(() => Start(files["proxy"], "before", last, () => { }));
        Assert.True(next.IsTakenOver);
        Assert.Equal((false, true), (before.IsOwner, next.IsOwner));
        await AssertServedAsync(host, last);
        Assert.Equal(2ul, next.ReadCounters(0).Steered);
    }

    [SkippableTheory]
    [InlineData(Filling)]
    [InlineData(Pinning)]
    public async Task A_first_start_that_fails_leaves_no_pins_and_nothing_attached(string failing)
    {
        Requires.Bpf();
        using Mount files = new("bpf");
        using NetworkHost host = NetworkHost.Create("steered");
        host.SetUp("lo");
        using Socket listener = host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        string link = Path.Combine(files["proxy"], "link");
        if (failing == Pinning)
        {
            Directory.CreateDirectory(link);
        }

        Assert.ThrowsAny<Exception>(() => host.Run(() => Start(files["proxy"], "app", listener, failing == Filling ? () => throw new InsufficientMemoryException() : () => { })));

        Assert.Equal(failing == Pinning ? [link] : [], Directory.Exists(files["proxy"]) ? Directory.GetFileSystemEntries(files["proxy"]) : []);
        await Assert.ThrowsAsync<SocketException>(() => host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 7000), Patience));
    }

    /// <summary>What a process does at its start, for an app with port 7000.</summary>
    private static Steering Start(string folder, string name, Socket listener, Action thenDo)
    {
        using BpfPinFolder pins = SteeringPins.Lock(folder);
        Steering steering = Steering.Load(pins, splice: false);
        try
        {
            steering.Engage(pins, () =>
            {
                steering.SetListener(0, name, listener);
                steering.SetPorts(new Dictionary<int, int> { [7000] = 0 }, []);
                thenDo();
            });
            return steering;
        }
        catch
        {
            steering.Dispose();
            throw;
        }
    }

    private static async Task AssertServedAsync(NetworkHost host, Socket listener)
    {
        using Socket client = await host.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 7000), Patience);
        using Socket server = await listener.AcceptAsync().WaitAsync(Patience);
        Assert.Equal(7000, ((IPEndPoint)server.LocalEndPoint!).Port);
    }
}
