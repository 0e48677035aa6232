using System.Buffers.Binary;
using System.Net.Sockets;

namespace TcpProxy;

/// <summary>A connection's send queue: how much it holds, and what has been put into it.</summary>
internal static class SendQueue
{
    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SolTcp = 6;
    private const int TcpInfo = 11;

    // struct tcp_info
    private const int InfoLength = 216;
    private const int UnacknowledgedSegments = 24;
    private const int NotSentBytes = 144;
    private const int BytesSent = 200;
    private const int BytesRetransmitted = 208;
    private const byte Established = 1;
    private const byte CloseWait = 8;

    /// <summary>Has it hold so many bytes from the start, and no more later.</summary>
    public static void SetSize(Socket socket, int bytes)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, bytes / 2); // the kernel doubles it
        socket.SetRawSocketOption(SolSocket, SoSendBufferForce, value);
    }

    /// <summary>How many bytes were ever put into it, whoever did that.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="canSend">Whether it can still send.</param>
    public static long WrittenTo(Socket socket, out bool canSend)
    {
        Span<byte> info = stackalloc byte[InfoLength];
        int length = socket.GetRawSocketOption(SolTcp, TcpInfo, info);
        canSend = length == InfoLength && info[0] is Established or CloseWait;
        return BinaryPrimitives.ReadInt64LittleEndian(info[BytesSent..]) - BinaryPrimitives.ReadInt64LittleEndian(info[BytesRetransmitted..])
            + BinaryPrimitives.ReadUInt32LittleEndian(info[NotSentBytes..]);
    }

    /// <summary>Whether the other side has got all of it.</summary>
    public static bool IsEmpty(Socket socket)
    {
        Span<byte> info = stackalloc byte[InfoLength];
        socket.GetRawSocketOption(SolTcp, TcpInfo, info);
        return BinaryPrimitives.ReadUInt32LittleEndian(info[UnacknowledgedSegments..]) == 0 && BinaryPrimitives.ReadUInt32LittleEndian(info[NotSentBytes..]) == 0;
    }
}
