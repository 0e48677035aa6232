namespace EbpfNet.Benchmarks;

/// <summary>Does the same work on two CPUs at once: on the calling thread, and on one that is kept for it.</summary>
internal sealed class TwoThreads : IDisposable
{
    private readonly Barrier _barrier = new(2);
    private readonly Thread _thread;
    private Action<int>? _work; // null: the end.
    private int _count;
    private long _time;
    private long _allocated;
    private Exception? _error;

    public TwoThreads(int otherCpu)
    {
        _thread = new Thread(() => Follow(otherCpu)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs the work, twice `count` operations in all.</summary>
    /// <returns>The CPU time of an operation, and what it allocated.</returns>
    public Sample Run(Action<int> work, int count)
    {
        _work = work;
        _count = count;
        _barrier.SignalAndWait();
        Sample here = Sample.Of(work, count);
        _barrier.SignalAndWait();
        if (_error is not null)
        {
            throw new InvalidOperationException("The second thread failed.", _error);
        }

        return new Sample((here.Nanoseconds + ((double)_time / count)) / 2, here.Allocated + _allocated);
    }

    public void Dispose()
    {
        _work = null;
        _barrier.SignalAndWait();
        _thread.Join();
        _barrier.Dispose();
    }

    private void Follow(int cpu)
    {
        Peer.Require(Measure.PinThread(cpu) == cpu);
        while (true)
        {
            _barrier.SignalAndWait();
            if (_work is not { } work)
            {
                return;
            }

            try
            {
                Sample sample = Sample.Of(work, _count);
                _time = (long)(sample.Nanoseconds * _count);
                _allocated = sample.Allocated;
            }
            catch (InvalidOperationException error)
            {
                _error = error;
            }

            _barrier.SignalAndWait();
        }
    }
}
