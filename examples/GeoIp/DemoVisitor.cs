using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace GeoIp;

/// <summary>A host of the demo that visits the server from an address of its own.</summary>
/// <param name="Host">The host.</param>
/// <param name="Name">Where it is said to be.</param>
/// <param name="Address">Its address.</param>
/// <param name="Server">The server's address in the same family.</param>
internal sealed record DemoVisitor(NetworkHost Host, string Name, IPAddress Address, IPAddress Server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks a service of the server, with a connection of its own: what it said.</summary>
    internal async Task<string> AskAsync(ushort port, string path, CancellationToken cancellationToken)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero, ConnectCallback = (_, stop) => ConnectAsync(port, stop) };
        using HttpClient client = new(handler) { Timeout = 2 * Patience };
        try
        {
            return (await client.GetStringAsync(new UriBuilder("http", Server.ToString(), port, path).Uri, cancellationToken)).TrimEnd();
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private async ValueTask<Stream> ConnectAsync(ushort port, CancellationToken cancellationToken)
    {
        Socket socket = Host.CreateSocket(Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Address, 0));
            await socket.ConnectAsync(new IPEndPoint(Server, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
