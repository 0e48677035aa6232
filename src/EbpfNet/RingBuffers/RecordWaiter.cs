using System.Threading.Tasks.Sources;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Lets the reader of a buffer wait without a thread, and without allocating. The reader is in the buffer's gate while it waits, so that the memory
/// stays; what ends the wait does so under the lock that looking at the memory holds.
/// </summary>
internal sealed class RecordWaiter : IEventSource, IValueTaskSource<bool>, IDisposable
{
    private readonly IWaitCondition _condition;
    private readonly Func<IEventWatch> _makeWatch;
    private readonly Lock _lock = new();
    private IEventWatch? _watch;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private WakeUpPolicy.State _state;
    private ulong _position;
    private bool _announced;
    private bool _waits;
    private bool _interrupted;
    private bool _closed;

    public RecordWaiter(IWaitCondition condition, Func<IEventWatch> makeWatch)
    {
        _condition = condition;
        _makeWatch = makeWatch;
    }

    /// <summary>Waits until the condition holds; for a ring, from a position on. What was consumed has to be published before.</summary>
    /// <returns>False when <see cref="Interrupt"/>, which may have been meant for the reader before, or <see cref="Close"/> ended the wait.</returns>
    public ValueTask<bool> WaitAsync(ulong position, bool announced, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _watch ??= _makeWatch();
        lock (_lock)
        {
            if (_closed || _interrupted)
            {
                _interrupted = false;
                return new ValueTask<bool>(false);
            }

            _position = position;
            _announced = announced;
            _state = default;
            _source.Reset();
            _watch.Begin(this, WakeUpPolicy.WhenAnnounced);
            _waits = true;
        }

        // From here on an announcement is heard. One that came before is seen by looking; the barrier keeps the look from being done
        // before the consumer position is out, by which the kernel decides whether to announce.
        Interlocked.MemoryBarrier();
        int next = Look(isAnnounced: false);
        if (next > 0)
        {
            lock (_lock)
            {
                if (_waits)
                {
                    _watch.Begin(this, next);
                }
            }
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((RecordWaiter)state!).Cancel(token), this);
        }

        return new ValueTask<bool>(this, _source.Version);
    }

    /// <summary>Ends the wait that is under way, or else the next one.</summary>
    public void Interrupt()
    {
        lock (_lock)
        {
            if (!_waits)
            {
                _interrupted = true;
                return;
            }

            Stop();
        }

        _source.SetResult(false);
    }

    /// <summary>Ends the wait that is under way, and every later one.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }

        TryEnd(ready: false);
    }

    /// <summary>Looks whether it is enough, and if so ends the wait.</summary>
    public int Look(bool isAnnounced)
    {
        lock (_lock)
        {
            _state.IsAnnounced = isAnnounced;
            int next = _waits ? _condition.Evaluate(_position, _announced, Environment.TickCount64, ref _state) : WakeUpPolicy.WhenAnnounced;
            if (next != WakeUpPolicy.Ready)
            {
                return next;
            }
        }

        TryEnd(ready: true);
        return WakeUpPolicy.WhenAnnounced;
    }

    /// <summary>Lets go of the descriptors until the next wait. While nobody waits, of the reader in the gate.</summary>
    public void Unwatch()
    {
        _watch?.Dispose();
        _watch = null;
    }

    /// <summary>Of the reader, when it is gone.</summary>
    public void Dispose() => Unwatch();

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _cancellation.Dispose();
        _cancellation = default;
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (TryStop())
        {
            _source.SetException(new OperationCanceledException(token));
        }
    }

    private void TryEnd(bool ready)
    {
        if (TryStop())
        {
            _source.SetResult(ready);
        }
    }

    private bool TryStop()
    {
        lock (_lock)
        {
            if (!_waits)
            {
                return false;
            }

            Stop();
            return true;
        }
    }

    private void Stop()
    {
        _waits = false;
        _watch!.End();
    }
}
