using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TcpProxy;

/// <summary>What the kernel tells about a socket that .NET has no property for.</summary>
internal static class SocketDetails
{
    private const int SolSocket = 1;
    private const int SoCookie = 57;

    /// <summary>The number that the kernel knows the socket by.</summary>
    public static ulong CookieOf(Socket socket)
    {
        ulong cookie = 0;
        socket.GetRawSocketOption(SolSocket, SoCookie, MemoryMarshal.AsBytes(new Span<ulong>(ref cookie)));
        return cookie;
    }
}
