using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TcpProxy;

/// <summary>
/// One direction of two connections that are joined. As long as the other connection takes what comes, the kernel passes it on. When it has no room, what comes
/// is handed to this process, which leaves it where it is until there is room again: so the sender is slowed down. Then it is forwarded, and the kernel goes on.
/// </summary>
/// <param name="join">What the kernel does.</param>
/// <param name="from">Where data comes from.</param>
/// <param name="to">Where it goes.</param>
/// <param name="forwarded">How many bytes are there already.</param>
internal sealed class Splice(Join join, Socket from, Socket to, long forwarded) : IDisposable
{
    private const int LargestSendQueue = 8 << 20;
    private const int RoomAgain = LargestSendQueue / 4;

    // The longer the way, the larger the window, for a gigabit and more; a small one has less handed to this process when there is no room.
    private const int SmallestWindow = 256 << 10;
    private const int LargestWindow = 1 << 20;
    private const int WindowPerMicrosecond = 250;

    // The receive queue is larger than the window: what comes while the kernel is at work on the connection counts as received although it is redirected at once, and
    // a window that closes because of that is opened by nobody.
    private const int QueuePerWindow = 4;

    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SolTcp = 6;
    private const int TcpWindowClamp = 10;
    private const int TcpNotSentLowWater = 25;

    private const int LongestPause = 50; // milliseconds

    /// <summary>How often, a millisecond each, the kernel may tell of the end before the last of the data.</summary>
    private const int EarlyEnds = 5000;

    /// <summary>More than the kernel adds to the last packet in a send queue, which it does whether there is room or not.</summary>
    private const int FirstPiece = 128 << 10;

    /// <summary>For <see cref="TcpNotSentLowWater"/>: whatever the system's setting is, the kernel's own writes are not to wait for it.</summary>
    private const int NoLowWater = -1;

    private readonly byte[] _first = new byte[1];
    private readonly int _window = (int)Math.Clamp(new ConnectionInfo(from).ShortestRoundTrip.TotalMicroseconds * WindowPerMicrosecond, SmallestWindow, LargestWindow);
    private long _forwarded = forwarded;
    private SendQueue? _queueOfOther;
    private int _receiveLimit;

    /// <summary>How many bytes the kernel has redirected.</summary>
    public long Redirected => join.Redirected;

    /// <returns>Whether the kernel passes on what is received from now on.</returns>
    public bool TryBegin()
    {
        Set(to, SolSocket, SoSendBufferForce, LargestSendQueue / 2); // the kernel doubles it
        Set(to, SolTcp, TcpNotSentLowWater, NoLowWater);
        SetReceiveQueue(Math.Max(ReceiveQueue, new SocketMemory(from).ReceiveLimit)); // what is on its way was sent with that in mind
        _queueOfOther = new SendQueue(to, _forwarded);
        return join.TryBegin(_forwarded);
    }

    /// <summary>Sees to it that all is passed on until the end.</summary>
    /// <param name="relay">Counts what this process forwards.</param>
    /// <exception cref="SocketException">One of the connections was reset.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(Relay relay)
    {
        for (int earlyEnds = 0; ;)
        {
            if (await from.ReceiveAsync(_first.AsMemory(), SocketFlags.Peek).ConfigureAwait(false) > 0)
            {
                relay.Count(to, await ForwardAsync().ConfigureAwait(false));
                continue;
            }

            if (Unread == 0)
            {
                break;
            }

            if (++earlyEnds > EarlyEnds)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        await RedirectedAsync().ConfigureAwait(false);
    }

    /// <summary>To be called when both are closed.</summary>
    public void Dispose() => join.Dispose();

    /// <summary>
    /// Forwards all that was received. It is taken out of the receive queue last of all: until then the window closes, so that a quick sender, too, stops, and all
    /// is forwarded. What is sent then finds everything before it in the other's send queue, and is redirected.
    /// </summary>
    /// <returns>How many bytes that was.</returns>
    private async ValueTask<int> ForwardAsync()
    {
        await RedirectedAsync().ConfigureAwait(false);
        long redirected = Redirected;
        int sent = await SendFirstPieceAsync().ConfigureAwait(false);
        join.Announce(_forwarded + sent);
        bool isAll = Unread <= sent;
        byte[] block = ArrayPool<byte>.Shared.Rent(isAll ? sent : ReceiveQueue);
        try
        {
            while (!isAll)
            {
                int length = await from.ReceiveAsync(block.AsMemory(), SocketFlags.Peek).ConfigureAwait(false);
                ThrowIfBroken();
                if (length <= sent || redirected != Redirected)
                {
                    break; // what else there is follows what was redirected meanwhile
                }

                while (sent < length)
                {
                    sent += await to.SendAsync(block.AsMemory(sent, length - sent), SocketFlags.None).ConfigureAwait(false);
                }

                join.Announce(_forwarded + sent);
                isAll = Unread <= sent;
            }

            _forwarded += sent;
            // Taking the last of it lets a quick sender send all it has, which is received meanwhile, by one call. Taking some of it lets nobody send more.
            SetReceiveQueue(isAll ? ReceiveQueue + RoomInOther : Math.Max(ReceiveQueue, _receiveLimit - sent));

            for (int taken = 0; taken < sent;)
            {
                taken += await from.ReceiveAsync(block.AsMemory(taken, sent - taken), SocketFlags.None).ConfigureAwait(false);
            }

            if (isAll)
            {
                // One that is smaller than what is in it, and on its way, drops what comes.
                SetReceiveQueue(Math.Clamp(new SocketMemory(from).Received + (2 * _window), ReceiveQueue, _receiveLimit));
            }

            return sent;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Sends a little, which takes long where half of the other's send queue is not sent yet: until a quarter is. Meanwhile there is little in hand.</summary>
    private async ValueTask<int> SendFirstPieceAsync()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(FirstPiece);
        try
        {
            int length = await from.ReceiveAsync(piece.AsMemory(), SocketFlags.Peek).ConfigureAwait(false);
            ThrowIfBroken();
            Set(to, SolTcp, TcpNotSentLowWater, 2 * RoomAgain); // the kernel wakes who waits at half of it
            int sent = await to.SendAsync(piece.AsMemory(0, length), SocketFlags.None).ConfigureAwait(false);
            Set(to, SolTcp, TcpNotSentLowWater, NoLowWater);
            return sent;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>To be called with what was received in hand, and before it is sent.</summary>
    private void ThrowIfBroken()
    {
        if (join.IsBroken)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    /// <summary>Waits until all that was redirected is in the send queue: there is room for it, but the kernel does that when it comes to it.</summary>
    private async ValueTask RedirectedAsync()
    {
        for (int pause = 0; _queueOfOther!.Written < _forwarded + Redirected; pause = Longer(pause))
        {
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }

    /// <summary>How many bytes wait in the receive queue. The kernel's numbers are read in this order: what is redirected meanwhile was not received before.</summary>
    private long Unread => Math.Max(0, new ConnectionInfo(from).Received - _forwarded - Redirected);

    private int ReceiveQueue => QueuePerWindow * _window;

    /// <summary>How many bytes the program redirects before it has no room, as it counts that.</summary>
    private int RoomInOther
    {
        get
        {
            SocketMemory memory = new(to);
            return Math.Max(0, (memory.SendLimit / 4 * 3) - memory.Sending);
        }
    }

    private void SetReceiveQueue(int size)
    {
        _receiveLimit = size;
        Set(from, SolSocket, SoReceiveBufferForce, size / 2); // the kernel doubles it
        int clamp = 0;
        from.GetRawSocketOption(SolTcp, TcpWindowClamp, MemoryMarshal.AsBytes(new Span<int>(ref clamp)));
        if (clamp != _window)
        {
            Set(from, SolTcp, TcpWindowClamp, _window); // since Linux 6.17 a queue brings a window of its size
        }
    }

    private static int Longer(int pause) => Math.Min((pause * 2) + 1, LongestPause);

    private static void Set(Socket socket, int level, int option, int value) => socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
}
