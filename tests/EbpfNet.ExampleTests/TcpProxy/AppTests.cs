using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using TcpProxy;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>An app's socket, without what brings connections to it: clients come to the port that it is bound to.</summary>
public sealed class AppTests
{
    private const int Clients = 300;

    [Fact]
    public async Task What_waits_when_the_socket_is_to_be_closed_is_served_before()
    {
        using Socket listener = Listen();
        using DemoTarget target = new("A", listener);
        App app = Create(listener);
        Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Connect(app))]; // all in the queue: nothing was accepted yet

        app.Start();
        await app.CloseAsync(TimeSpan.Zero, CancellationToken.None);

        byte[] name = new byte[1];
        foreach (Socket client in clients)
        {
            Assert.Equal(1, await client.ReceiveAsync(name).WaitAsync(TimeSpan.FromSeconds(20)));
            client.Dispose();
        }

        Assert.Throws<SocketException>(() => Connect(app));
    }

    [Fact]
    public async Task What_comes_late_is_served_as_long_as_it_may_be_on_its_way()
    {
        using Socket listener = Listen();
        using DemoTarget target = new("A", listener);
        App app = Create(listener);
        app.Start();

        using CancellationTokenSource noMore = new();
        Task closing = app.CloseAsync(TimeSpan.FromSeconds(60), noMore.Token);
        await Task.Delay(300);
        using Socket late = Connect(app);

        Assert.Equal(1, await late.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20)));
        await noMore.CancelAsync();
        await closing;
        Assert.Throws<SocketException>(() => Connect(app));
    }

    private static App Create(Socket target)
    {
        App app = new("app", 0, new ProxyLimits(10_000), new TargetNetwork(NullLogger.Instance), splicer: null, NullLogger.Instance);
        app.SetTargets([new TargetAddress("127.0.0.1", ((IPEndPoint)target.LocalEndPoint!).Port)], TimeSpan.FromSeconds(1));
        return app;
    }

    private static Socket Listen()
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static Socket Connect(App app)
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(IPAddress.Loopback, app.OwnPort);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
