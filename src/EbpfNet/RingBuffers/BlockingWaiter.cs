using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Lets the reader of a buffer wait on its own thread: no other thread stands between the kernel's announcement and the reader.</summary>
internal sealed class BlockingWaiter : IDisposable
{
    private readonly RecordReader _reader;
    private readonly IWaitCondition _condition;
    private readonly EventPoll _poll = new();

    public BlockingWaiter(RecordReader reader, IWaitCondition condition, params ReadOnlySpan<BpfHandle> files)
    {
        _reader = reader;
        _condition = condition;
        foreach (BpfHandle file in files)
        {
            _poll.Add(file, id: 0);
        }
    }

    /// <summary>Waits until the condition holds; for a ring, from a position on.</summary>
    /// <returns>Whether there is enough; false when the time is up or the buffer was closed.</returns>
    public bool Wait(ulong position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long now = Environment.TickCount64;
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : now + (long)Math.Ceiling(timeout.TotalMilliseconds);
        WakeUpPolicy.State state = default;
        Span<ulong> ready = stackalloc ulong[1];
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static waiter => ((BlockingWaiter)waiter!).Interrupt(), this);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_reader.IsClosed)
            {
                return false;
            }

            long left = end == long.MaxValue ? int.MaxValue : Math.Min(int.MaxValue, end - now);
            state.IsLastLook = left <= 0;

            // What was consumed is published before the look, or the kernel would not announce what comes after it.
            Interlocked.MemoryBarrier();
            int next = _condition.Evaluate(position, announced: true, now, ref state);
            if (next == WakeUpPolicy.Ready)
            {
                return true;
            }

            if (state.IsLastLook)
            {
                return false;
            }

            state.IsAnnounced = _poll.Wait(ready, next < 0 ? (end == long.MaxValue ? -1 : (int)left) : (int)Math.Min(next, left)) > 0;
            now = Environment.TickCount64;
        }
    }

    /// <summary>Makes the waiting thread look up. Does nothing when it is gone.</summary>
    public void Interrupt()
    {
        try
        {
            _poll.WakeUp();
        }
        catch (ObjectDisposedException)
        {
            // The reader has left in between, and was the last one.
        }
    }

    public void Dispose() => _poll.Dispose();
}
