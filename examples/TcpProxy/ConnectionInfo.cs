using System.Buffers.Binary;
using System.Net.Sockets;

namespace TcpProxy;

/// <summary>What the kernel knows about a TCP connection (<c>struct tcp_info</c>).</summary>
internal readonly struct ConnectionInfo
{
    private const int SolTcp = 6;
    private const int TcpInfo = 11;
    private const byte Established = 1;
    private const byte FinWait1 = 4;
    private const byte FinWait2 = 5;
    private const byte Close = 7;
    private const byte CloseWait = 8;

    // struct tcp_info
    private const int Length = 152;
    private const int UnacknowledgedSegments = 24;
    private const int SinceDataSent = 44;
    private const int SinceDataReceived = 52;
    private const int BytesAcknowledged = 120;
    private const int BytesReceived = 128;
    private const int NotSentBytes = 144;
    private const int ShortestRoundTripTime = 148;

    /// <summary>Asks for it.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public ConnectionInfo(Socket socket)
    {
        Span<byte> info = stackalloc byte[Length];
        int length = socket.GetRawSocketOption(SolTcp, TcpInfo, info);
        CanSend = length == Length && info[0] is Established or CloseWait;
        IsDone = info[0] == Close || (Number(info, NotSentBytes) | Number(info, UnacknowledgedSegments)) == 0;
        Acknowledged = BinaryPrimitives.ReadInt64LittleEndian(info[BytesAcknowledged..]);
        Received = BinaryPrimitives.ReadInt64LittleEndian(info[BytesReceived..]) - (info[0] is Established or FinWait1 or FinWait2 ? 0 : 1); // and this the FIN
        ShortestRoundTrip = TimeSpan.FromMicroseconds(Number(info, ShortestRoundTripTime));
        Quiet = TimeSpan.FromMilliseconds(Math.Min(Number(info, SinceDataSent), Number(info, SinceDataReceived)));
    }

    /// <summary>How long a packet and its acknowledgement took at least; where nothing was acknowledged yet, more than an hour.</summary>
    public TimeSpan ShortestRoundTrip { get; }

    /// <summary>Whether it can still send.</summary>
    public bool CanSend { get; }

    /// <summary>How many bytes the other side has got; one more where this side has opened the connection.</summary>
    public long Acknowledged { get; }

    /// <summary>How many bytes have come, whoever has taken them.</summary>
    public long Received { get; }

    /// <summary>Whether there is nothing left to be sent: the other side has got all of it, or the connection was given up.</summary>
    public bool IsDone { get; }

    /// <summary>How long no data was sent or received.</summary>
    public TimeSpan Quiet { get; }

    private static uint Number(ReadOnlySpan<byte> info, int at) => BinaryPrimitives.ReadUInt32LittleEndian(info[at..]);
}
