using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.ExampleTests.XdpDrop;

/// <summary>Two hosts on one cable: one to guard, with a listener, and one with two addresses to come from.</summary>
internal sealed class GuardedNetwork : IDisposable
{
    private const string InterfaceName = "eth0";

    private readonly NetworkHost _guarded = NetworkHost.Create("guarded");
    private readonly NetworkHost _other = NetworkHost.Create("other");
    private readonly Socket _listener;

    internal GuardedNetwork(string guarded, string firstOther, string secondOther)
    {
        int prefixLength = guarded.Contains(':') ? 64 : 16;
        VethPair.Create(_guarded, InterfaceName, _other, InterfaceName);
        _guarded.AddAddress(InterfaceName, IPAddress.Parse(guarded), prefixLength);
        _other.AddAddress(InterfaceName, IPAddress.Parse(firstOther), prefixLength);
        _other.AddAddress(InterfaceName, IPAddress.Parse(secondOther), prefixLength);
        _listener = _guarded.CreateListener(new IPEndPoint(IPAddress.Parse(guarded), 0));
    }

    /// <summary>The id of the XDP program on the guarded interface.</summary>
    internal uint? ProgramOnInterface => _guarded.GetInterface(InterfaceName).XdpProgramId;

    /// <summary>Takes the guarded interface away.</summary>
    internal void RemoveInterface()
    {
        using Process tool = _guarded.StartProcess(new ProcessStartInfo("ip", ["link", "delete", InterfaceName]));
        tool.WaitForExit();
        Assert.Equal(0, tool.ExitCode);
    }

    /// <summary>Starts <c>XdpDrop run</c> on the guarded interface.</summary>
    internal ExampleProcess Run(params string[] arguments)
        => Start(["run", "--interface", InterfaceName, .. arguments]);

    /// <summary>Starts <c>XdpDrop</c> on the guarded host.</summary>
    internal ExampleProcess Start(string[] arguments, string[]? through = null)
        => ExampleProcess.Start("XdpDrop", arguments, _guarded, through);

    /// <summary>The same on a terminal.</summary>
    internal ExampleProcess RunOnTerminal(params string[] arguments)
        => ExampleProcess.Start("XdpDrop", ["run", "--interface", InterfaceName, .. arguments], _guarded, onTerminal: true);

    /// <summary>A client on the guarded host itself, whose packets no interface sees.</summary>
    internal HttpClient CreateClient(TimeSpan connectTimeout) => _guarded.CreateHttpClient(connectTimeout);

    /// <summary>Connects to the guarded host from one of the other's addresses.</summary>
    internal async Task<Socket> ConnectFromAsync(string address, TimeSpan timeout)
    {
        IPEndPoint from = new(IPAddress.Parse(address), 0);
        Socket socket = _other.CreateSocket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource deadline = new(timeout);
        try
        {
            socket.Bind(from);
            await socket.ConnectAsync(_listener.LocalEndPoint!, deadline.Token);
            return socket;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut })
        {
            socket.Dispose();
            throw new TimeoutException();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _other.Dispose();
        _guarded.Dispose();
    }
}
