using System.Net.Sockets;
using System.Text;

namespace TcpProxy;

/// <summary>A target: says its name to whoever connects, and then gives back what it gets.</summary>
internal sealed class DemoTarget : IDisposable
{
    private readonly Socket _listener;
    private readonly byte[] _greeting;

    /// <param name="name">What it says.</param>
    /// <param name="listener">Where it listens.</param>
    public DemoTarget(string name, Socket listener)
    {
        (_listener, _greeting) = (listener, Encoding.ASCII.GetBytes(name));
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is to end.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                await connection.SendAsync(_greeting);
                byte[] buffer = new byte[64 * 1024];
                while (await connection.ReceiveAsync(buffer) is > 0 and var length)
                {
                    for (int sent = 0; sent < length;)
                    {
                        sent += await connection.SendAsync(buffer.AsMemory(sent, length - sent));
                    }
                }

                connection.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // The client, or the proxy, went away.
            }
        }
    }
}
