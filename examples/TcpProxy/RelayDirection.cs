using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TcpProxy;

/// <summary>
/// One direction of two connections: a loop that receives, a loop that sends, and a pipe between them. The pipe takes so much and no more: what its reader does not
/// send its writer does not receive, and the sender far away is slowed down.
/// </summary>
/// <param name="relay">Whose direction it is.</param>
/// <param name="from">Where data comes from.</param>
/// <param name="to">Where it goes.</param>
internal sealed class RelayDirection(Relay relay, Socket from, Socket to)
{
    /// <summary>After so many bytes it is worth to have the kernel do it: joining takes ten system calls.</summary>
    private const int WorthJoining = 64 * 1024;

    // What comes in small pieces is waited for with a small block in hand; what comes in larger ones, with none at all.
    private const int SmallBlock = 4096;
    private const int LargeBlock = 64 * 1024;

    /// <summary>After so many blocks other connections get their turn.</summary>
    private const int Turn = 16;

    private static readonly PipePool Pipes = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, // what is received is sent at once, by the thread that received it
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 2 * LargeBlock,
        resumeWriterThreshold: LargeBlock,
        minimumSegmentSize: SmallBlock,
        useSynchronizationContext: false));

    private long _sent;
    private bool _isToBeJoined;

    /// <summary>Runs until one side has sent all and the other was told so; or until one of them is reset, or cut off: then both are.</summary>
    public async Task RunAsync()
    {
        await RelayAsync().ConfigureAwait(false);
        if (!_isToBeJoined)
        {
            return;
        }

        Splice? splice;
        try
        {
            splice = relay.TryJoin(from, to, _sent);
        }
        catch (Exception e)
        {
            relay.Fail(e); // at once: the other direction may wait for a reader that does not read
            return;
        }

        if (splice is not null)
        {
            await FollowAsync(splice).ConfigureAwait(false);
            return;
        }

        _isToBeJoined = false;
        await RelayAsync().ConfigureAwait(false);
    }

    private async ValueTask RelayAsync()
    {
        Pipe pipe = Pipes.Rent();
        ValueTask sending = SendAsync(pipe.Reader);
        await ReceiveAsync(pipe.Writer).ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        Pipes.Return(pipe);
    }

    /// <summary>The kernel does it from here on.</summary>
    private async ValueTask FollowAsync(Splice splice)
    {
        try
        {
            await splice.RunAsync(relay).ConfigureAwait(false);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e)
        {
            relay.Fail(e);
        }
        finally
        {
            relay.CountRedirected(to, splice.Redirected);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveAsync(PipeWriter writer)
    {
        Exception? failure = null;
        try
        {
            int size = SmallBlock;
            bool isDrained = true;
            long received = 0;
            for (int round = 1; ; round++)
            {
                if (size == LargeBlock && isDrained)
                {
                    await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                }

                Memory<byte> memory = writer.GetMemory(size);
                memory = memory[..Math.Min(memory.Length, LargeBlock)];
                int length = await from.ReceiveAsync(memory, SocketFlags.None).ConfigureAwait(false);
                if (length == 0)
                {
                    break;
                }

                received += length;
                isDrained = length < memory.Length;
                size = length < SmallBlock ? SmallBlock : LargeBlock;
                writer.Advance(length);
                if ((await writer.FlushAsync().ConfigureAwait(false)).IsCompleted)
                {
                    break; // the other loop has failed
                }

                if (received >= WorthJoining && relay.MayJoin())
                {
                    _isToBeJoined = true;
                    break;
                }

                if (round % Turn == 0)
                {
                    await Task.Yield();
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
            relay.Fail(e);
        }
        finally
        {
            await writer.CompleteAsync(failure).ConfigureAwait(false); // the other loop must not take a failure for the end of all
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(PipeReader reader)
    {
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync().ConfigureAwait(false);
                ReadOnlyMemory<byte> block = result.Buffer.First;
                if (block.IsEmpty && result.IsCompleted)
                {
                    break;
                }

                for (int sent = 0; sent < block.Length;)
                {
                    sent += await to.SendAsync(block[sent..], SocketFlags.None).ConfigureAwait(false);
                }

                relay.Count(to, block.Length);
                _sent += block.Length;
                reader.AdvanceTo(result.Buffer.GetPosition(block.Length));
            }

            if (!_isToBeJoined)
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e)
        {
            _isToBeJoined = false;
            relay.Fail(e);
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
