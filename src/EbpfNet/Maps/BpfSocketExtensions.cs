using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>What programs know a socket by.</summary>
public static class BpfSocketExtensions
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int CookieOption = 57; // SO_COOKIE

    /// <summary>
    /// The socket's cookie (<c>SO_COOKIE</c>; Linux 4.12): a number that no other socket has while the machine runs. Programs get it from <c>bpf_get_socket_cookie</c>, and
    /// maps of sockets show their elements by it.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <returns>The cookie; never 0.</returns>
    /// <exception cref="SocketException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public static ulong GetCookie(this Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ulong cookie = 0;
        _ = socket.GetRawSocketOption(SocketLevel, CookieOption, MemoryMarshal.AsBytes(new Span<ulong>(ref cookie)));
        return cookie;
    }
}
