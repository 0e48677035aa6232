using System.Buffers;
using System.Net.Sockets;
using EbpfNet;

namespace TcpProxy;

/// <summary>
/// A client's connection and the one to its target: what one receives the other sends. Each direction reads only when what it read before was taken, so that a
/// slow reader slows its sender down; and ends on its own, so that either side may say that it has sent all and still be answered.
/// </summary>
internal sealed class Relay(Socket client, Socket server, Target target)
{
    // A quiet connection holds little; one that fills it gets the large one as long as it does.
    private const int SmallBuffer = 4096;
    private const int LargeBuffer = 64 * 1024;

    private const int LongestPause = 100; // milliseconds

    private int _failed;

    /// <summary>Relays until both sides have sent all, or one is reset; then so is the other.</summary>
    /// <param name="splicer">Joins the two in the kernel, if it can.</param>
    public async Task RunAsync(Splicer? splicer)
    {
        Interlocked.Increment(ref target.Counters.Connections);
        Interlocked.Increment(ref target.Counters.Active);
        Splice? splice = splicer?.TryJoin(client, server);
        if (splice is not null)
        {
            Interlocked.Increment(ref target.Counters.Spliced);
        }

        try
        {
            Task upwards = PumpAsync(client, server, toTarget: true, splice?.Upwards);
            await PumpAsync(server, client, toTarget: false, splice?.Downwards).ConfigureAwait(false);
            await upwards.ConfigureAwait(false);
            await DeliveredAsync(client).ConfigureAwait(false);
            await DeliveredAsync(server).ConfigureAwait(false);
        }
        finally
        {
            Close(client);
            Close(server);
            splice?.Dispose();
            Interlocked.Decrement(ref target.Counters.Active);
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Cut()
    {
        Volatile.Write(ref _failed, 1);
        Reset(client);
        Reset(server);
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
    private async ValueTask DeliveredAsync(Socket socket)
    {
        try
        {
            for (int pause = 1; Volatile.Read(ref _failed) == 0 && !SendQueue.IsEmpty(socket); pause = Math.Min(pause * 2, LongestPause))
            {
                await Task.Delay(pause).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was cut off.
        }
    }

    private void Close(Socket socket)
    {
        if (Volatile.Read(ref _failed) == 0)
        {
            socket.Dispose();
        }
        else
        {
            Reset(socket);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool toTarget, SpliceDirection? splice)
    {
        byte[] small = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        byte[]? large = null;
        try
        {
            while (true)
            {
                byte[] buffer = large ?? small;
                int length = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).ConfigureAwait(false);
                if (length == 0)
                {
                    if (splice is null or { IsEnd: true })
                    {
                        break;
                    }

                    await Task.Delay(1).ConfigureAwait(false);
                    continue;
                }

                if (splice is not null)
                {
                    await splice.ReceivedAsync(length).ConfigureAwait(false);
                }

                for (int sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), SocketFlags.None).ConfigureAwait(false);
                }

                Count(toTarget, length);
                splice?.Forwarded(length);
                if (length == buffer.Length)
                {
                    large ??= ArrayPool<byte>.Shared.Rent(LargeBuffer);
                }
                else if (large is not null)
                {
                    ArrayPool<byte>.Shared.Return(large);
                    large = null;
                }
            }

            if (splice is not null)
            {
                Count(toTarget, await splice.FinishAsync().ConfigureAwait(false));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or BpfException)
        {
            if (Interlocked.Exchange(ref _failed, 1) == 0)
            {
                Interlocked.Increment(ref target.Counters.Resets);
            }

            Reset(from); // the other direction ends with it
            Reset(to);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(small);
            if (large is not null)
            {
                ArrayPool<byte>.Shared.Return(large);
            }
        }
    }

    private void Count(bool toTarget, long length) => Interlocked.Add(ref toTarget ? ref target.Counters.BytesToTarget : ref target.Counters.BytesFromTarget, length);
}
