using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace TcpProxy;

/// <summary>
/// A client's connection and the one to its target: what one receives the other sends. Each direction ends on its own, so that either side may say that it has sent
/// all and still be answered.
/// </summary>
internal sealed class Relay(Socket client, Socket server, Target target, Splicer? splicer)
{
    // A peer that is gone without a word is noticed two minutes after the last one.
    private const int KeepAliveAfter = 60;
    private const int KeepAliveInterval = 10;
    private const int KeepAliveProbes = 6;

    private const int LongestPause = 100; // milliseconds

    private Exception? _failure;
    private Splice? _splice;
    private int _isJoining;

    /// <summary>How long neither side has sent anything or taken anything.</summary>
    public TimeSpan Quiet
    {
        get
        {
            try
            {
                TimeSpan atClient = new ConnectionInfo(client).Quiet;
                TimeSpan atServer = new ConnectionInfo(server).Quiet;
                return atClient < atServer ? atClient : atServer;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return TimeSpan.Zero; // it ends
            }
        }
    }

    /// <summary>
    /// Has a connection's data sent at once, urgent data received in its place (else its byte is lost, and what is received and what is read are never the same again), and the
    /// peer asked now and then whether it is there. What a listening socket accepts inherits it.
    /// </summary>
    public static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveAfter);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }

    /// <summary>Relays until both sides have sent all, or one is reset; then so is the other.</summary>
    /// <exception cref="EbpfNet.BpfException">The kernel refused something; both connections were reset.</exception>
    public async Task RunAsync()
    {
        Interlocked.Increment(ref target.Counters.Connections);
        Interlocked.Increment(ref target.Counters.Active);
        try
        {
            Prepare(server);
            Task upwards = new RelayDirection(this, client, server).RunAsync();
            await new RelayDirection(this, server, client).RunAsync().ConfigureAwait(false);
            await upwards.ConfigureAwait(false);
            await DeliveredAsync(client).ConfigureAwait(false);
            await DeliveredAsync(server).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            client.Dispose();
            server.Dispose();
            Interlocked.Decrement(ref target.Counters.Active);
            _splice?.Dispose();
        }

        if (_failure is not (null or SocketException or ObjectDisposedException))
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    /// <summary>Whether a direction may be joined in the kernel: one can, the first that asks.</summary>
    public bool MayJoin() => splicer is not null && _isJoining == 0 && Interlocked.Exchange(ref _isJoining, 1) == 0;

    /// <summary>Joins it, all that was received having been sent.</summary>
    /// <returns>What follows it; <see langword="null"/> when that cannot be.</returns>
    public Splice? TryJoin(Socket from, Socket to, long forwarded)
    {
        _splice = splicer!.TryJoin(from, to, forwarded);
        if (_splice is not null)
        {
            Interlocked.Increment(ref target.Counters.Spliced);
        }

        return _splice;
    }

    /// <summary>Ends it at once.</summary>
    public void Cut()
    {
        Interlocked.CompareExchange(ref _failure, new ObjectDisposedException(nameof(Relay)), null);
        Reset(client); // all that waits for one of the two ends
        Reset(server);
    }

    /// <summary>Something went wrong: both sides are told by a reset. What goes wrong because of that changes nothing.</summary>
    public void Fail(Exception failure)
    {
        if (Interlocked.CompareExchange(ref _failure, failure, null) is null)
        {
            Interlocked.Increment(ref target.Counters.Resets);
            Reset(client);
            Reset(server);
        }
    }

    /// <summary>Bytes were sent.</summary>
    public void Count(Socket to, long length) => Interlocked.Add(ref to == server ? ref target.Counters.BytesToTarget : ref target.Counters.BytesFromTarget, length);

    /// <summary>Bytes were sent by the kernel.</summary>
    public void CountRedirected(Socket to, long length)
    {
        Count(to, length);
        Interlocked.Add(ref target.Counters.Redirected, length);
    }

    /// <summary>Closes a connection so that the other side sees that something was lost.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is reset already.
        }

        socket.Dispose();
    }

    /// <summary>Waits until the other side has got all that was sent: what a closed connection has not sent yet, the kernel gives up when a reader pauses for long.</summary>
    private static async ValueTask DeliveredAsync(Socket socket)
    {
        for (int pause = 1; !new ConnectionInfo(socket).IsDone; pause = Math.Min(pause * 2, LongestPause))
        {
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }
}
