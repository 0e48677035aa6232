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
    private const int Length = 216;
    private const int UnacknowledgedSegments = 24;
    private const int SinceDataSent = 44;
    private const int SinceDataReceived = 52;
    private const int BytesReceived = 128;
    private const int NotSentBytes = 144;
    private const int ShortestRoundTripTime = 148;
    private const int BytesSent = 200;
    private const int BytesRetransmitted = 208;

    /// <summary>Asks for it.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public ConnectionInfo(Socket socket)
    {
        Span<byte> info = stackalloc byte[Length];
        int length = socket.GetRawSocketOption(SolTcp, TcpInfo, info);
        CanSend = length == Length && info[0] is Established or CloseWait;
        NotSent = Number(info, NotSentBytes);
        IsDone = info[0] == Close || (NotSent | Number(info, UnacknowledgedSegments)) == 0;
        Written = BinaryPrimitives.ReadInt64LittleEndian(info[BytesSent..]) - BinaryPrimitives.ReadInt64LittleEndian(info[BytesRetransmitted..]) + NotSent;
        Received = BinaryPrimitives.ReadInt64LittleEndian(info[BytesReceived..]) - (info[0] is Established or FinWait1 or FinWait2 ? 0 : 1); // and this the FIN
        ShortestRoundTrip = TimeSpan.FromMicroseconds(Number(info, ShortestRoundTripTime));
        Quiet = TimeSpan.FromMilliseconds(Math.Min(Number(info, SinceDataSent), Number(info, SinceDataReceived)));
    }

    /// <summary>How long a packet and its acknowledgement took at least; where nothing was acknowledged yet, more than an hour.</summary>
    public TimeSpan ShortestRoundTrip { get; }

    /// <summary>Whether it can still send.</summary>
    public bool CanSend { get; }

    /// <summary>How many bytes were ever put into the send queue, whoever did that.</summary>
    public long Written { get; }

    /// <summary>How many of those were not even sent yet.</summary>
    public uint NotSent { get; }

    /// <summary>How many bytes have come, whoever has taken them.</summary>
    public long Received { get; }

    /// <summary>Whether there is nothing left to be sent: the other side has got all of it, or the connection was given up.</summary>
    public bool IsDone { get; }

    /// <summary>How long no data was sent or received.</summary>
    public TimeSpan Quiet { get; }

    private static uint Number(ReadOnlySpan<byte> info, int at) => BinaryPrimitives.ReadUInt32LittleEndian(info[at..]);
}
