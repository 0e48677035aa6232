using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TcpProxy;

/// <summary>
/// How many bytes were ever put into a connection's send queue, whoever did that: this process, or the kernel. Counted from what the other side has got: what the kernel
/// counts as sent is more when a packet was lost on this machine, and that for good.
/// </summary>
internal sealed partial class SendQueue
{
    private const nuint SiocOutQ = 0x5411; // SIOCOUTQ, in linux/sockios.h

    private readonly Socket _socket;
    private readonly long _before;

    /// <param name="socket">Nothing is put into its queue until this is made.</param>
    /// <param name="written">How many bytes were put into it already.</param>
    /// <exception cref="SocketException">The connection is closed.</exception>
    public SendQueue(Socket socket, long written)
    {
        _socket = socket;
        long acknowledged, queued;
        do
        {
            acknowledged = Acknowledged;
            queued = Queued;
        }
        while (acknowledged != Acknowledged);
        _before = acknowledged + queued - written;
    }

    /// <summary>How many. What is acknowledged while this is read is left out: it may be that many more.</summary>
    /// <exception cref="SocketException">The connection can send no more.</exception>
    public long Written => Acknowledged - _before + Queued; // in this order

    private long Acknowledged
    {
        get
        {
            ConnectionInfo info = new(_socket);
            return info.CanSend ? info.Acknowledged : throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    private int Queued => Control(_socket.SafeHandle, SiocOutQ, out int bytes) == 0 ? bytes : throw new SocketException((int)SocketError.ConnectionReset);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(SafeSocketHandle socket, nuint request, out int value);
}
