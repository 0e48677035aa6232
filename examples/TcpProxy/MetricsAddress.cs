using System.Net;
using System.Net.Sockets;
using ExampleHost;

namespace TcpProxy;

/// <summary>Where metrics are served. The address is taken before anything else is done, so that a start which cannot have it changes nothing; and handed on to a process that takes over.</summary>
internal static class MetricsAddress
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReusePort = 15; // SO_REUSEPORT

    /// <summary>Takes it.</summary>
    /// <param name="address">The address.</param>
    /// <param name="takesOver">Whether a process that has it may be the one to be taken over: both have it then, until that one lets go.</param>
    /// <exception cref="UserErrorException">It is taken, or not this machine's.</exception>
    internal static HttpEndpoint Take(IPEndPoint address, bool takesOver)
    {
        HttpEndpoint http = new(address);
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            try
            {
                socket.Bind(address);
            }
            catch (SocketException e) when (takesOver && e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                Share(socket);
                socket.Bind(address);
            }

            Share(socket); // with the process that takes over some day: what is another user's, or does not say so, never shares
            return http with { Socket = socket };
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw http.Explain(e);
        }
    }

    private static void Share(Socket socket) => socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
}
