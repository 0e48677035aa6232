using System.Net;
using System.Net.Sockets;
using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>A listening socket of this process, and the programs that count what processes read from and write to its connections.</summary>
internal sealed class MeteredListener : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BpfLinkCollection _links;

    internal MeteredListener(bool useSystemCallTracepoints, bool countClients = false)
    {
        Requires.Bpf();
        Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Socket.Listen();
        Program = AttachSystemCalls(new HttpMetricsOptions { Ports = [(ushort)Port], CountClients = countClients, UseSystemCallTracepoints = useSystemCallTracepoints }, out _links);
    }

    internal Socket Socket { get; } = NewSocket();

    internal int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

    internal HttpMetricsProgram Program { get; }

    internal HttpTotals Totals => Program.ReadTotals();

    internal static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    internal (Socket Client, Socket Server) Connect()
    {
        Socket client = NewSocket();
        client.Connect(Socket.LocalEndPoint!);
        return (client, Socket.Accept());
    }

    internal void AssertNoneIsFollowed()
        => Assert.True(SpinWait.SpinUntil(() => Program.CountConnections() == 0, Patience), $"{Program.CountConnections()} closed connections are still followed");

    public void Dispose()
    {
        _links.Dispose();
        Program.Dispose();
        Socket.Dispose();
    }
}
