using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Reads the records that BPF programs give to <c>bpf_perf_event_output</c> through a <c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c> (Linux 4.4): a ring for each CPU.
/// Where the kernel has it (Linux 5.8), <see cref="BpfRingBuffer"/> is the better choice.
/// </summary>
/// <remarks>
/// <para>
/// There is one reader at a time: while one of the reading methods is at work or an enumeration is under way, another throws <see cref="InvalidOperationException"/>.
/// Records of one CPU come in order; those of different CPUs do not come in the order of their time.
/// </para>
/// <para>
/// The kernel rounds the length of a record up: up to 7 bytes of no meaning follow what the program gave. Records that find no room are lost, and counted in
/// <see cref="LostRecords"/>.
/// </para>
/// <para>
/// Rings are made for the CPUs that run when the buffer is made; <see cref="RefreshCpus"/> follows when that changes. Disposing is safe at any time: a reader on another
/// thread ends after the record it is at, and the memory is unmapped when it has left.
/// </para>
/// </remarks>
public sealed class BpfPerfBuffer : IDisposable, IAsyncDisposable
{
    private readonly BpfPerfBufferOptions _options;
    private readonly PerfReader _reader;
    private readonly PerfCpuSet _cpus;
    private readonly PerfCondition _condition;
    private readonly RecordWaiter _waiter;
    private BlockingWaiter? _blockingWaiter;

    /// <summary>Makes a ring for each running CPU and puts it into the map, in place of what may be there. The map stays its owner's, and may be disposed before this.</summary>
    /// <param name="map">The map.</param>
    /// <param name="options">How it is made and read; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The map is no perf event array, or an option is out of range.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: without CAP_PERFMON, or when the rings need more locked memory than is allowed.</exception>
    public BpfPerfBuffer(BpfMap map, BpfPerfBufferOptions? options = null)
        : this(map, options, OnlineCpus.Read)
    {
    }

    /// <param name="map">The map.</param>
    /// <param name="options">How it is made and read.</param>
    /// <param name="readOnline">Tells which CPUs run.</param>
    internal BpfPerfBuffer(BpfMap map, BpfPerfBufferOptions? options, Func<IReadOnlyList<int>?> readOnline)
    {
        MapView.RequireKind(map, nameof(BpfPerfBuffer), BpfMapType.PerfEventArray);
        _options = options ?? new BpfPerfBufferOptions();
        _options.Validate((long)MemoryMapping.PageSize);
        Map = map;
        _reader = new PerfReader($"perf buffer '{map.Name}'", _options.DrainOnDispose, Release) { Refresh = RefreshNow };
        int pollMilliseconds = (int)Math.Min(int.MaxValue, Math.Ceiling(_options.PollInterval.TotalMilliseconds));
        _condition = new PerfCondition(_reader, _options.WakeUpRecords, _options.WakeUpBytes ?? 0, pollMilliseconds);
        _waiter = new RecordWaiter(_condition, MakeWatch);
        _cpus = new PerfCpuSet(map, _options, _reader, readOnline);
        try
        {
            _cpus.Refresh();
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>The map that is read.</summary>
    public BpfMap Map { get; }

    /// <summary>The CPUs that have a ring.</summary>
    public IReadOnlyList<int> Cpus => _cpus.Numbers;

    /// <summary>How many bytes are there to be read at this moment on all CPUs, record headers included.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public long Available => _cpus.ReadAvailable();

    /// <summary>How many records were read through this object. While a reader is at work, some less.</summary>
    public long ConsumedRecords => _reader.Consumed;

    /// <summary>How many records found no room, by the kernel's count; it tells of them with the first record that finds room again.</summary>
    public long LostRecords => _reader.Lost;

    /// <summary>
    /// Gives a handler the records that are there, CPU by CPU, without allocating. Does not wait for more; for programs that are writing it does, if they would
    /// overwrite what is read: see <see cref="BpfPerfBufferOptions.Overwrites"/>.
    /// </summary>
    /// <typeparam name="THandler">The handler's type, a struct, so that the call is direct.</typeparam>
    /// <param name="handler">Takes the records, in the kernel's memory. Changes to its fields are visible when this returns.</param>
    /// <param name="maxRecords">How many records at most.</param>
    /// <returns>How many records the handler got.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public int Consume<THandler>(ref THandler handler, int maxRecords = int.MaxValue)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct =>
        _reader.Consume(ref handler, maxRecords, _options.Overwrites ? _cpus : null);

    /// <summary>Gives a delegate the records that are there, CPU by CPU. Does not wait for more; see the other overload.</summary>
    /// <param name="handler">Takes the CPU's number and a record, in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <param name="maxRecords">How many records at most.</param>
    /// <returns>How many records the handler got.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public int Consume(Action<int, ReadOnlySpan<byte>> handler, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var adapter = new ActionHandler(handler);
        return Consume(ref adapter, maxRecords);
    }

    /// <summary>Waits on this thread until there are records, as many on one CPU as the options say.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>Whether there are records, be they fewer when the time is up; false when there are none then, or the buffer was disposed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already, or the buffer overwrites its oldest records.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed before.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        RequireWaitable();
        _reader.Enter();
        try
        {
            long start = Environment.TickCount64;
            while (true)
            {
                _reader.RefreshIfRequested();
                if (_blockingWaiter is null)
                {
                    // The kernel tells of a wake-up only once: not to two who watch.
                    _waiter.Unwatch();
                    Interlocked.Exchange(ref _blockingWaiter, new BlockingWaiter(_reader, _condition, [.. _cpus.Events]));
                }

                TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : TimeSpan.FromMilliseconds(Math.Max(0, timeout.TotalMilliseconds - (Environment.TickCount64 - start)));
                bool isReady = _blockingWaiter.Wait(0, left, cancellationToken);
                if (!isReady || !_reader.IsRefreshRequested)
                {
                    return isReady;
                }
            }
        }
        finally
        {
            _reader.Leave();
        }
    }

    /// <summary>Waits until there are records, as many on one CPU as the options say. No thread is blocked meanwhile.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>Whether there are records; false when the buffer was disposed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already, or the buffer overwrites its oldest records.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed before.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        RequireWaitable();
        _reader.Enter();
        return WaitAndLeaveAsync(cancellationToken);
    }

    /// <summary>Copies every record that comes, until the buffer is disposed.</summary>
    /// <typeparam name="T">The record's type, laid out as the program's struct.</typeparam>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The records, for <c>await foreach</c>. Each enumeration reads for itself: one at a time.</returns>
    /// <remarks>
    /// A record that is shorter than the type, or longer by more than the kernel's rounding without <see cref="BpfPerfBufferOptions.AllowLongerRecords"/>,
    /// ends the enumeration with <see cref="BpfLayoutException"/>; it counts as consumed.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The buffer overwrites its oldest records.</exception>
    public IAsyncEnumerable<T> ReadAllAsync<T>(CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        RequireWaitable();
        var copy = new RecordCopy<T>(_reader, _options.AllowLongerRecords, isPadded: true);
        return new RecordStream<T, PerfRecords, RecordCopy<T>>(new PerfRecords(_reader), _waiter, copy, cancellationToken);
    }

    /// <summary>Makes something of every record that comes, until the buffer is disposed.</summary>
    /// <typeparam name="TResult">What is made of a record.</typeparam>
    /// <param name="projection">Makes it, out of the record in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The results, for <c>await foreach</c>. Each enumeration reads for itself: one at a time.</returns>
    /// <exception cref="InvalidOperationException">The buffer overwrites its oldest records.</exception>
    public IAsyncEnumerable<TResult> ReadAllAsync<TResult>(Func<ReadOnlySpan<byte>, TResult> projection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(projection);
        RequireWaitable();
        return new RecordStream<TResult, PerfRecords, RecordFunction<TResult>>(new PerfRecords(_reader), _waiter, new RecordFunction<TResult>(projection), cancellationToken);
    }

    /// <summary>
    /// Makes rings for CPUs that have come since, and gives up those of CPUs that have gone, with what was not read of them: at once, or, while somebody reads, when
    /// that reader has nothing more to read.
    /// </summary>
    /// <remarks>The kernel announces such changes to nobody; call this now and then where CPUs come and go, as on virtual machines that are resized.</remarks>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused to make a ring. A reader that was to make it throws this.</exception>
    public void RefreshCpus()
    {
        _reader.IsRefreshRequested = true;
        if (_reader.TryEnter())
        {
            try
            {
                _reader.RefreshIfRequested();
            }
            finally
            {
                _reader.Leave();
            }
        }
        else
        {
            _waiter.Look(isAnnounced: false);
            Volatile.Read(ref _blockingWaiter)?.Interrupt();
            _reader.Rouse?.Invoke();
        }
    }

    /// <summary>Ends reading, and takes the rings out of the map. Calling it again does nothing.</summary>
    /// <remarks>
    /// Waits end with <see langword="false"/>, and so do enumerations, with <see cref="BpfPerfBufferOptions.DrainOnDispose"/> after they have delivered what is there.
    /// A reader on another thread may still be at its last record when this returns.
    /// </remarks>
    public void Dispose()
    {
        _reader.Close();
        _waiter.Close();
        Volatile.Read(ref _blockingWaiter)?.Interrupt();
    }

    /// <summary>Does what <see cref="Dispose"/> does.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>The buffer as messages call it.</summary>
    public override string ToString() => _reader.Name;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAndLeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _reader.RefreshIfRequested();
                bool isReady = await _waiter.WaitAsync(0, announced: true, cancellationToken).ConfigureAwait(false);
                if (isReady ? !_reader.IsRefreshRequested : _reader.IsClosed)
                {
                    return isReady;
                }
            }
        }
        finally
        {
            _reader.Leave();
        }
    }

    private PerfWatch MakeWatch()
    {
        DropBlockingWaiter();
        return new PerfWatch([.. _cpus.Events.Select(EventLoop.Shared.Watches)]);
    }

    /// <summary>Of the reader in the gate: those who watch the rings' events begin anew.</summary>
    private void RefreshNow()
    {
        _waiter.Unwatch();
        DropBlockingWaiter();
        _cpus.Refresh();
    }

    private void DropBlockingWaiter() => Interlocked.Exchange(ref _blockingWaiter, null)?.Dispose();

    private void RequireWaitable()
    {
        if (_options.Overwrites)
        {
            throw new InvalidOperationException($"The {this} overwrites its oldest records: it has no end to wait for. Read it with Consume when there is a reason to.");
        }
    }

    /// <summary>This buffer, for one loop over several.</summary>
    internal PolledBuffer ToPolled<THandler>(THandler handler)
        where THandler : struct, IBpfPerfRecordHandler
    {
        RequireWaitable();
        return new PolledPerf<THandler>(_reader, _condition, _cpus, _waiter, handler);
    }

    /// <summary>Called by whoever is the last in the reader's gate.</summary>
    private void Release()
    {
        _waiter.Dispose();
        _blockingWaiter?.Dispose();
        _cpus.Dispose();
    }

    internal readonly struct ActionHandler(Action<int, ReadOnlySpan<byte>> handler) : IBpfPerfRecordHandler
    {
        public bool Handle(int cpu, ReadOnlySpan<byte> record)
        {
            handler(cpu, record);
            return true;
        }

        public void HandleLost(int cpu, long count)
        {
            // LostRecords tells.
        }
    }
}
