using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TcpProxy;

/// <summary>What a socket holds of the kernel's memory, in bytes (<c>SO_MEMINFO</c>): a little more than the data.</summary>
internal readonly struct SocketMemory
{
    private const int SolSocket = 1;
    private const int SoMemInfo = 55;

    // SK_MEMINFO_*, in linux/sock_diag.h
    private const int ReceivedNumber = 0;
    private const int ReceiveLimitNumber = 1;
    private const int SendLimitNumber = 3;
    private const int SendingNumber = 5;
    private const int Numbers = 9;

    /// <summary>Asks for it.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public SocketMemory(Socket socket)
    {
        Span<int> numbers = stackalloc int[Numbers];
        socket.GetRawSocketOption(SolSocket, SoMemInfo, MemoryMarshal.AsBytes(numbers));
        Received = numbers[ReceivedNumber];
        ReceiveLimit = numbers[ReceiveLimitNumber];
        SendLimit = numbers[SendLimitNumber];
        Sending = numbers[SendingNumber];
    }

    /// <summary>In the receive queue.</summary>
    public int Received { get; }

    /// <summary>How much the receive queue may hold.</summary>
    public int ReceiveLimit { get; }

    /// <summary>How much the send queue may hold.</summary>
    public int SendLimit { get; }

    /// <summary>In the send queue: what is not sent, or not acknowledged.</summary>
    public int Sending { get; }
}
