namespace EbpfNet.Kernel;

/// <summary>What an <see cref="EventLoop"/> asks when something has happened.</summary>
internal interface IEventSource
{
    /// <summary>
    /// Called on the loop's thread when the kernel has announced something, or when the time asked for has come. Ends the wait through
    /// <see cref="IEventWatch.End"/> if it is over. Must be short, and must not throw.
    /// </summary>
    /// <param name="isAnnounced">Whether the kernel has announced something; else the time has come.</param>
    /// <returns>After how many milliseconds to call again if nothing is announced; -1 for never.</returns>
    int Look(bool isAnnounced);
}

/// <summary>A descriptor that can be waited for.</summary>
internal interface IEventWatch : IDisposable
{
    /// <summary>From here on <see cref="IEventSource.Look"/> is called, until <see cref="End"/>.</summary>
    /// <param name="source">What is called; kept alive until <see cref="End"/>.</param>
    /// <param name="milliseconds">When to call even if nothing is announced; -1 for never.</param>
    void Begin(IEventSource source, int milliseconds);

    /// <summary>Nobody waits any more.</summary>
    void End();
}

/// <summary>
/// One thread that waits for every descriptor that somebody waits for asynchronously. It starts with the first wait, and ends a moment after
/// nobody waits any more.
/// </summary>
internal sealed class EventLoop
{
    public const string ThreadName = "EbpfNet events";

    // Long enough for a stream with pauses not to start a thread for each record, short enough not to be in anyone's way.
    private const int LingerMilliseconds = 500;
    private const int UnheededLimit = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, WeakReference<Watch>> _watches = [];
    private readonly List<Watch> _waiting = [];
    private EventPoll? _poll;
    private ulong _lastId;
    private bool _running;
    private long _idleSince;

    /// <summary>When the thread wakes by itself; 0 while it is awake.</summary>
    private long _sleepsUntil;

    /// <summary>The loop of this process.</summary>
    public static EventLoop Shared { get; } = new();

    /// <summary>Whether the thread exists at this moment.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    /// <summary>Makes a descriptor one that can be waited for. It has to stay open until the watch is disposed.</summary>
    public IEventWatch Watches(BpfHandle file)
    {
        lock (_lock)
        {
            _poll ??= new EventPoll();
            var watch = new Watch(this, file, ++_lastId);
            _poll.Add(file, watch.Id);
            _watches.Add(watch.Id, new WeakReference<Watch>(watch));
            return watch;
        }
    }

    private void Run()
    {
        Span<ulong> ready = stackalloc ulong[32];
        var due = new List<Watch>();
        int milliseconds = 0;
        while (true)
        {
            int count = _poll!.Wait(ready, milliseconds);
            lock (_lock)
            {
                _sleepsUntil = 0;
                foreach (ulong id in ready[..count])
                {
                    AddIfHeeded(id, due);
                }

                long now = Environment.TickCount64;
                foreach (Watch watch in _waiting)
                {
                    if (watch.DueAt <= now && !due.Contains(watch))
                    {
                        due.Add(watch);
                    }
                }
            }

            foreach (Watch watch in due)
            {
                watch.Look();
            }

            due.Clear();
            lock (_lock)
            {
                long now = Environment.TickCount64;
                _sleepsUntil = _waiting.Count == 0 ? _idleSince + LingerMilliseconds : FirstDue();
                if (_waiting.Count == 0 && now >= _sleepsUntil)
                {
                    _running = false;
                    _sleepsUntil = 0;
                    return;
                }

                milliseconds = _sleepsUntil == long.MaxValue ? -1 : (int)Math.Clamp(_sleepsUntil - now, 0, int.MaxValue);
            }
        }
    }

    /// <summary>An announcement that nobody waits for is forgotten; a ring that keeps making them is no longer watched until it is waited for again.</summary>
    private void AddIfHeeded(ulong id, List<Watch> due)
    {
        if (!_watches.TryGetValue(id, out WeakReference<Watch>? reference))
        {
            return; // Announced before it was removed.
        }

        if (!reference.TryGetTarget(out Watch? watch))
        {
            _watches.Remove(id); // Dropped without dispose; closing the descriptor has ended the kernel's side.
        }
        else if (watch.Source is not null)
        {
            watch.Unheeded = 0;
            watch.IsAnnounced = true;
            due.Add(watch);
        }
        else if (watch.IsArmed && ++watch.Unheeded >= UnheededLimit)
        {
            watch.IsArmed = false;
            _poll!.Set(watch.File, watch.Id, watched: false);
        }
    }

    private long FirstDue()
    {
        long first = long.MaxValue;
        foreach (Watch watch in _waiting)
        {
            first = Math.Min(first, watch.DueAt);
        }

        return first;
    }

    private void Begin(Watch watch, IEventSource source, int milliseconds)
    {
        lock (_lock)
        {
            if (watch.Source is null)
            {
                _waiting.Add(watch);
                watch.IsAnnounced = false;
            }

            watch.Source = source;
            watch.Round++;
            watch.DueAt = DueAfter(milliseconds);
            if (!watch.IsArmed)
            {
                watch.IsArmed = true;
                watch.Unheeded = 0;
                _poll!.Set(watch.File, watch.Id, watched: true);
            }

            if (!_running)
            {
                // Only once it has started: where no thread can be had, the next one to wait tries again.
                new Thread(Run) { IsBackground = true, Name = ThreadName }.UnsafeStart();
                _running = true;
            }
            else if (watch.DueAt < _sleepsUntil)
            {
                _poll!.WakeUp();
            }
        }
    }

    private void End(Watch watch)
    {
        lock (_lock)
        {
            if (watch.Source is null)
            {
                return;
            }

            watch.Source = null;
            watch.Round++;
            _waiting.Remove(watch);
            if (_waiting.Count == 0)
            {
                _idleSince = Environment.TickCount64;
                if (_sleepsUntil == long.MaxValue)
                {
                    // The thread would sleep for ever: let it see that it may end.
                    _poll!.WakeUp();
                }
            }
        }
    }

    private void Remove(Watch watch)
    {
        End(watch);
        lock (_lock)
        {
            if (_watches.Remove(watch.Id))
            {
                _poll!.Remove(watch.File);
            }
        }
    }

    private static long DueAfter(int milliseconds) => milliseconds < 0 ? long.MaxValue : Environment.TickCount64 + milliseconds;

    private sealed class Watch(EventLoop loop, BpfHandle file, ulong id) : IEventWatch
    {
        public BpfHandle File { get; } = file;

        public ulong Id { get; } = id;

        /// <summary>Who waits; nobody when <see langword="null"/>. This and what follows belongs to the loop's lock.</summary>
        public IEventSource? Source { get; set; }

        /// <summary>Changes with each begin and end, so that an answer that comes late is not taken for the next wait's.</summary>
        public int Round { get; set; }

        public long DueAt { get; set; } = long.MaxValue;

        public bool IsArmed { get; set; } = true;

        /// <summary>Whether the kernel has announced something since the last look.</summary>
        public bool IsAnnounced { get; set; }

        public int Unheeded { get; set; }

        public void Begin(IEventSource source, int milliseconds) => loop.Begin(this, source, milliseconds);

        public void End() => loop.End(this);

        public void Dispose() => loop.Remove(this);

        /// <summary>On the loop's thread, outside its lock: what is asked takes locks of its own.</summary>
        public void Look()
        {
            IEventSource? source;
            int round;
            bool isAnnounced;
            lock (loop._lock)
            {
                source = Source;
                round = Round;
                isAnnounced = IsAnnounced;
                IsAnnounced = false;
            }

            if (source is null)
            {
                return;
            }

            int next = source.Look(isAnnounced);
            lock (loop._lock)
            {
                if (Round == round)
                {
                    DueAt = DueAfter(next);
                }
            }
        }
    }
}
