namespace EbpfNet;

/// <summary>Reads the rings of all CPUs, one after the other. Knows only their memory.</summary>
internal sealed class PerfReader : RecordReader
{
    private readonly List<PerfRing> _rings = [];
    private readonly Queue<PerfRing> _paused = [];
    private long _lostBefore;
    private int _first;
    private bool _isRefreshRequested;

    public PerfReader(string name, bool drainsOnClose, Action release)
        : base(name, drainsOnClose, release)
    {
    }

    /// <summary>Changed only by the reader in the gate.</summary>
    public IReadOnlyList<PerfRing> Rings => _rings;

    /// <summary>Follows the CPUs that come and go; called by the reader in the gate, while it is at no record.</summary>
    public Action? Refresh { get; init; }

    /// <summary>Whether the reader is to follow the CPUs before it waits.</summary>
    public bool IsRefreshRequested
    {
        get => Volatile.Read(ref _isRefreshRequested);
        set => Volatile.Write(ref _isRefreshRequested, value);
    }

    public long Lost
    {
        get
        {
            lock (_rings)
            {
                return _lostBefore + _rings.Sum(ring => ring.Lost);
            }
        }
    }

    public void Add(PerfRing ring)
    {
        lock (_rings)
        {
            _rings.Add(ring);
        }
    }

    public void Remove(PerfRing ring)
    {
        lock (_rings)
        {
            _lostBefore += ring.Lost;
            _rings.Remove(ring);
            ring.ReturnScratch();
        }
    }

    /// <returns>Whether the rings may be others now.</returns>
    public bool RefreshIfRequested()
    {
        if (!IsRefreshRequested)
        {
            return false;
        }

        IsRefreshRequested = false; // Before, so that a request that comes meanwhile is not lost.
        Refresh?.Invoke();
        return true;
    }

    /// <summary>Gives the handler what is there now. Each time another CPU is the first, so that a limit is fair to all.</summary>
    /// <param name="handler">Takes the records.</param>
    /// <param name="maxRecords">How many at most.</param>
    /// <param name="writing">Of rings that overwrite; <see langword="null"/> for others.</param>
    /// <returns>How many records the handler got.</returns>
    public int Consume<THandler>(ref THandler handler, int maxRecords, IPerfWriting? writing = null)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        Enter();
        try
        {
            return ConsumeInside(ref handler, maxRecords, writing);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The same for the reader in the gate.</summary>
    public int ConsumeInside<THandler>(ref THandler handler, int maxRecords, IPerfWriting? writing = null)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        int left = maxRecords;
        try
        {
            RefreshIfRequested();
            int count = _rings.Count;
            if (writing is not null)
            {
                ConsumePaused(ref handler, ref left, writing);
            }
            else
            {
                bool goesOn = true;
                for (int i = 0; i < count && goesOn && left > 0; i++)
                {
                    goesOn = _rings[(_first + i) % count].Consume(ref handler, ref left);
                }
            }

            _first = count == 0 ? 0 : (_first + 1) % count;
        }
        finally
        {
            CountConsumed(maxRecords - left);
        }

        return maxRecords - left;
    }

    /// <summary>All rings that hold something are paused before any is read, so that those who are writing are waited for only once.</summary>
    private void ConsumePaused<THandler>(ref THandler handler, ref int left, IPerfWriting writing)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        try
        {
            for (int i = 0; i < _rings.Count; i++)
            {
                PerfRing ring = _rings[(_first + i) % _rings.Count];
                if (ring.HasMore)
                {
                    _paused.Enqueue(ring);
                    writing.Pause(ring, true);
                }
            }

            // What is being written when a ring is paused goes where the oldest records are, and the head does not tell of it before it is done.
            if (_paused.Count > 0)
            {
                writing.WaitForWriters();
            }

            bool goesOn = true;
            while (goesOn && left > 0 && _paused.TryPeek(out PerfRing? ring))
            {
                goesOn = ring.ConsumeBackward(ref handler, ref left);
                writing.Pause(_paused.Dequeue(), false);
            }
        }
        finally
        {
            while (_paused.TryDequeue(out PerfRing? ring))
            {
                writing.Pause(ring, false);
            }
        }
    }
}
