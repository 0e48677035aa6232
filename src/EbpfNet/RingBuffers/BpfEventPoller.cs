using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Reads several ring buffers and perf buffers on one thread, the caller's: waits for all of them, and gives each one's records to its handler.</summary>
/// <remarks>
/// <para>
/// The buffers stay their owner's. While <see cref="Poll"/> or <see cref="Run"/> is at work it is the one reader of all of them, and of one that is disposed and drains the handler
/// gets what is left; between calls they may be read in any other way, and one that is disposed then is left out. For reading without a thread of one's own, several
/// <c>await foreach</c> loops share one thread of the library's.
/// </para>
/// <para>One thread at a time may poll. <see cref="Dispose"/> may be called from any.</para>
/// </remarks>
public sealed class BpfEventPoller : IDisposable
{
    private readonly List<PolledBuffer> _buffers = [];
    private readonly Lock _lock = new();
    private readonly Action _wakeUp;
    private ReaderGate _gate;
    private EventPoll? _poll;
    private int _version;
    private int _first;
    private int _entered;

    /// <summary>Makes a poller of nothing; the buffers are added.</summary>
    public BpfEventPoller() => _wakeUp = WakeUp;

    /// <summary>Adds a ring buffer.</summary>
    /// <param name="buffer">The buffer. Its options say when it has enough to be read.</param>
    /// <param name="handler">Takes its records, in the kernel's memory: each valid until it returns. If it throws, its record counts as consumed.</param>
    /// <exception cref="ArgumentException">The buffer was added already.</exception>
    /// <exception cref="InvalidOperationException">Somebody is polling.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Add(BpfRingBuffer buffer, Action<ReadOnlySpan<byte>> handler)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(handler);
        Add(buffer.ToPolled(new BpfRingBuffer.ActionHandler(handler)));
    }

    /// <summary>Adds a ring buffer with a handler that is called without a delegate.</summary>
    /// <typeparam name="THandler">The handler's type, a struct, so that the call is direct.</typeparam>
    /// <param name="buffer">The buffer. Its options say when it has enough to be read.</param>
    /// <param name="handler">Takes its records. The poller keeps a copy, which lives as long as it does.</param>
    /// <exception cref="ArgumentException">The buffer was added already.</exception>
    /// <exception cref="InvalidOperationException">Somebody is polling.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Add<THandler>(BpfRingBuffer buffer, THandler handler)
        where THandler : struct, IBpfRecordHandler
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Add(buffer.ToPolled(handler));
    }

    /// <summary>Adds a perf buffer.</summary>
    /// <param name="buffer">The buffer. Its options say when it has enough to be read.</param>
    /// <param name="handler">Takes its records with the CPU of each, in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <exception cref="ArgumentException">The buffer was added already.</exception>
    /// <exception cref="InvalidOperationException">Somebody is polling, or the buffer overwrites its oldest records.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Add(BpfPerfBuffer buffer, Action<int, ReadOnlySpan<byte>> handler)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(handler);
        Add(buffer.ToPolled(new BpfPerfBuffer.ActionHandler(handler)));
    }

    /// <summary>Adds a perf buffer with a handler that is called without a delegate.</summary>
    /// <typeparam name="THandler">The handler's type, a struct, so that the call is direct.</typeparam>
    /// <param name="buffer">The buffer. Its options say when it has enough to be read.</param>
    /// <param name="handler">Takes its records. The poller keeps a copy, which lives as long as it does.</param>
    /// <exception cref="ArgumentException">The buffer was added already.</exception>
    /// <exception cref="InvalidOperationException">Somebody is polling, or the buffer overwrites its oldest records.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Add<THandler>(BpfPerfBuffer buffer, THandler handler)
        where THandler : struct, IBpfPerfRecordHandler
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Add(buffer.ToPolled(handler));
    }

    /// <summary>Waits on this thread until a buffer has records, and gives the handlers what is there: up to 4,096 records of each buffer, so that none keeps the others waiting.</summary>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever, zero for not at all.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// How many records the handlers got. 0 when the time is up, when only discarded records were there, when a buffer was disposed, or when the poller was disposed meanwhile.
    /// </returns>
    /// <remarks>Records that are fewer than the options ask for are given when the time is up.</remarks>
    /// <exception cref="InvalidOperationException">Somebody is polling already, or reads one of the buffers.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed before.</exception>
    public int Poll(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        _gate.Enter(this);
        try
        {
            EnterBuffers();
            return WaitAndConsume(timeout, cancellationToken);
        }
        finally
        {
            LeaveBuffers();
            Leave();
        }
    }

    /// <summary>Polls until cancelled, or until every buffer, or the poller, was disposed.</summary>
    /// <param name="cancellationToken">Ends it, without an exception.</param>
    /// <exception cref="InvalidOperationException">Somebody is polling already, or reads one of the buffers.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed before.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        _gate.Enter(this);
        try
        {
            EnterBuffers();
            while (_buffers.Count > 0 && !_gate.IsClosed)
            {
                WaitAndConsume(Timeout.InfiniteTimeSpan, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As asked for.
        }
        finally
        {
            LeaveBuffers();
            Leave();
        }
    }

    /// <summary>Ends a poll that is under way on another thread. The buffers stay open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_gate.Close())
        {
            Release();
        }
        else
        {
            WakeUp();
        }
    }

    /// <summary>The poller as messages call it.</summary>
    public override string ToString() => $"poller of {_buffers.Count} buffers";

    private void Add(PolledBuffer buffer)
    {
        _gate.Enter(this);
        try
        {
            if (_buffers.Exists(other => other.Reader == buffer.Reader))
            {
                throw new ArgumentException($"The {buffer.Reader} was added already.", nameof(buffer));
            }

            _buffers.Add(buffer);
            _version = -1;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Goes into the gates of all buffers: their memory stays while it is looked at, and what is found there is for the handlers.</summary>
    private void EnterBuffers()
    {
        while (_entered < _buffers.Count)
        {
            PolledBuffer buffer = _buffers[_entered];
            if (TryEnter(buffer))
            {
                _entered++;
                buffer.Reader.Rouse = _wakeUp;
            }
            else
            {
                Remove(_entered);
            }
        }
    }

    private void LeaveBuffers()
    {
        while (_entered > 0)
        {
            _buffers[--_entered].Reader.Leave();
        }
    }

    private int WaitAndConsume(TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (PolledBuffer buffer in _buffers)
        {
            buffer.BeginWait();
        }

        return _buffers.Count != 0 && Wait(timeout, cancellationToken) ? Consume() : 0;
    }

    /// <returns>Whether there is something to do: records, or a buffer that was disposed.</returns>
    private bool Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        EventPoll poll = Watch();
        Span<ulong> ready = stackalloc ulong[8];
        long now = Environment.TickCount64;
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : now + (long)Math.Ceiling(timeout.TotalMilliseconds);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static poller => ((BpfEventPoller)poller!).WakeUp(), this);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_gate.IsClosed)
            {
                return false;
            }

            long left = end == long.MaxValue ? int.MaxValue : Math.Min(int.MaxValue, end - now);

            // What was consumed is published before the look, or the kernel would not announce what comes after it.
            Interlocked.MemoryBarrier();
            int next = int.MaxValue;
            foreach (PolledBuffer buffer in _buffers)
            {
                int due = buffer.Evaluate(now, isLastLook: left <= 0);
                if (due == WakeUpPolicy.Ready || buffer.Reader.IsClosed)
                {
                    return true;
                }

                next = due == WakeUpPolicy.WhenAnnounced ? next : Math.Min(next, due);
            }

            if (left <= 0)
            {
                return false;
            }

            int milliseconds = (int)Math.Min(next, left);
            int count = poll.Wait(ready, milliseconds == int.MaxValue ? -1 : milliseconds);
            foreach (ulong index in ready[..count])
            {
                _buffers[(int)index].Announce();
            }

            now = Environment.TickCount64;
        }
    }

    private int Consume()
    {
        int records = 0;
        int count = _buffers.Count;
        for (int i = 0; i < count && !_gate.IsClosed; i++)
        {
            PolledBuffer buffer = _buffers[(_first + i) % count];
            if (!buffer.Reader.IsClosed)
            {
                records += buffer.Consume();
            }
        }

        _first = (_first + 1) % count;
        for (int i = _buffers.Count - 1; i >= 0; i--)
        {
            PolledBuffer buffer = _buffers[i];
            if (buffer.Reader.IsClosed && !_gate.IsClosed)
            {
                records += buffer.Drain();
                Remove(i);
                _entered--;
                buffer.Reader.Leave();
            }
        }

        return records;
    }

    private void Remove(int index)
    {
        _buffers.RemoveAt(index);
        _version = -1;
    }

    /// <returns>False when the buffer was disposed.</returns>
    private static bool TryEnter(PolledBuffer buffer)
    {
        try
        {
            buffer.Reader.Enter();
            return true;
        }
        catch (ObjectDisposedException) when (buffer.Reader.IsClosed)
        {
            return false;
        }
    }

    /// <summary>The descriptors of all buffers, watched; made anew when they have changed.</summary>
    private EventPoll Watch()
    {
        int version = 0;
        foreach (PolledBuffer buffer in _buffers)
        {
            version += buffer.Version;
        }

        if (_poll is null || version != _version)
        {
            var poll = new EventPoll();
            for (int i = 0; i < _buffers.Count; i++)
            {
                foreach (BpfHandle file in _buffers[i].Files)
                {
                    poll.Add(file, (ulong)i);
                }
            }

            lock (_lock)
            {
                _poll?.Dispose();
                _poll = poll;
            }

            _version = version;
        }

        return _poll;
    }

    private void WakeUp()
    {
        lock (_lock)
        {
            _poll?.WakeUp();
        }
    }

    private void Leave()
    {
        if (_gate.Leave())
        {
            Release();
        }
    }

    /// <summary>Called by whoever is the last in the gate.</summary>
    private void Release()
    {
        foreach (PolledBuffer buffer in _buffers)
        {
            if (buffer.Reader.Rouse == _wakeUp)
            {
                buffer.Reader.Rouse = null;
            }
        }

        lock (_lock)
        {
            _poll?.Dispose();
            _poll = null;
        }
    }
}
