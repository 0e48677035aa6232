using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// One direction of two connections, in the program's maps. As long as the other connection takes what comes, the kernel passes it on. When it has no room, what comes
/// is handed to this process, which leaves it where it is until there is room again: so the sender is slowed down. Then it is forwarded, and the kernel goes on.
/// </summary>
/// <param name="program">Redirects.</param>
/// <param name="from">Where data comes from.</param>
/// <param name="to">Where it goes.</param>
/// <param name="forwarded">How many bytes are there already.</param>
internal sealed class Splice(TcpProxyProgram program, Socket from, Socket to, long forwarded) : IDisposable
{
    private const int SendQueue = 8 << 20;
    private const int RoomAgain = SendQueue / 4;

    // The window is far smaller than the receive queue: what comes while the kernel is at work on the connection counts as received although it is redirected at once,
    // and a window that closes because of that is opened by nobody.
    private const int Window = 1 << 20;
    private const int ReceiveQueue = 8 << 20;
    private const int PausedQueue = 2 << 20;
    private const int LargestBlock = 2 * ReceiveQueue;

    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SolTcp = 6;
    private const int TcpWindowClamp = 10;

    private const int LongestPause = 50; // milliseconds
    private const int Pauses = 8;

    /// <summary>How often, a millisecond each, the kernel may tell of the end before the last of the data.</summary>
    private const int EarlyEnds = 5000;

    private readonly ulong _cookie = from.GetCookie();
    private readonly byte[] _first = new byte[1];
    private long _forwarded = forwarded;
    private long _redirectedBefore;

    /// <summary>How many bytes the kernel has redirected.</summary>
    public long Redirected => program.Flows.TryGetValue(_cookie, out TcpProxyFlow flow) ? (long)flow.Redirected : 0;

    /// <returns>Whether the program sees what is received from now on.</returns>
    public bool TryJoin()
    {
        try
        {
            Set(to, SolSocket, SoSendBufferForce, SendQueue / 2); // the kernel doubles it
            Set(from, SolTcp, TcpWindowClamp, Window);
            SetReceiveQueue(ReceiveQueue);
            program.Flows.Set(_cookie, default);
            Announce();
            program.Sinks.Set(_cookie, to);
            program.Sources.Set(_cookie, from);
            return true;
        }
        catch (BpfSyscallException)
        {
            return false;
        }
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
                long redirected = Redirected; // nothing more, as long as what was handed over is not forwarded
                await RoomAsync(redirected).ConfigureAwait(false);
                relay.Count(to, await ForwardAsync(Unread(redirected)).ConfigureAwait(false));
                continue;
            }

            if (new ConnectionInfo(from).Received <= _forwarded + Redirected)
            {
                break;
            }

            if (++earlyEnds > EarlyEnds)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        for (int pause = 0; InfoOfOther().Written < _forwarded + Redirected; pause = Longer(pause))
        {
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }

    /// <summary>To be called when both are closed, which takes them out of the maps of sockets.</summary>
    public void Dispose()
    {
        program.Sources.Remove(_cookie);
        program.Sinks.Remove(_cookie);
        program.Joins.Remove(_cookie);
        program.Flows.Remove(_cookie);
    }

    /// <summary>Waits until all that was redirected is in the send queue, and most of that gone.</summary>
    private async ValueTask RoomAsync(long redirected)
    {
        // No more than what is on its way: it is this process that copies it.
        SetReceiveQueue((int)Math.Clamp(Unread(redirected) + (2 * Window), PausedQueue, ReceiveQueue));
        for (int pause = 0; ; pause = Longer(pause))
        {
            ConnectionInfo info = InfoOfOther();
            if (info.Written >= _forwarded + redirected && (info.Queued <= RoomAgain || info.NotSent == 0))
            {
                break;
            }

            await Task.Delay(pause).ConfigureAwait(false);
        }

        // A sender that was quicker than this process the last time is waited for: it stops when its window is full, and all that it has sent can be forwarded at once.
        if (redirected == _redirectedBefore)
        {
            long received = new ConnectionInfo(from).Received;
            for (int pauses = 0; pauses < Pauses; pauses++)
            {
                await Task.Delay(1).ConfigureAwait(false);
                long before = received;
                received = new ConnectionInfo(from).Received;
                if (received == before)
                {
                    break;
                }
            }
        }

        _redirectedBefore = redirected;
    }

    /// <summary>
    /// Forwards all that was received. It is taken out of the receive queue last of all, which opens the window: what is sent then finds everything before it in the
    /// other's send queue, and is redirected.
    /// </summary>
    /// <returns>How many bytes that was.</returns>
    private async ValueTask<int> ForwardAsync(long unread)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(unread, 1, LargestBlock));
        try
        {
            int length = await from.ReceiveAsync(block.AsMemory(), SocketFlags.Peek).ConfigureAwait(false);
            for (int sent = 0; sent < length;)
            {
                sent += await to.SendAsync(block.AsMemory(sent, length - sent), SocketFlags.None).ConfigureAwait(false);
            }

            _forwarded += length;
            Announce();
            SetReceiveQueue(ReceiveQueue);
            for (int taken = 0; taken < length;)
            {
                taken += await from.ReceiveAsync(block.AsMemory(taken, length - taken), SocketFlags.None).ConfigureAwait(false);
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private long Unread(long redirected) => new ConnectionInfo(from).Received - _forwarded - redirected;

    private void SetReceiveQueue(int size) => Set(from, SolSocket, SoReceiveBufferForce, size / 2); // the kernel doubles it

    private void Announce() => program.Joins.Set(_cookie, new TcpProxyJoin { Forwarded = (ulong)_forwarded });

    private ConnectionInfo InfoOfOther()
    {
        ConnectionInfo info = new(to);
        return info.CanSend ? info : throw new SocketException((int)SocketError.ConnectionReset);
    }

    private static int Longer(int pause) => Math.Min((pause * 2) + 1, LongestPause);

    private static void Set(Socket socket, int level, int option, int value) => socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
}
