using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Reads the records that BPF programs put into a ring buffer (<c>BPF_MAP_TYPE_RINGBUF</c>, Linux 5.8), in the order in which they were reserved.
/// </summary>
/// <remarks>
/// <para>
/// A ring buffer has one reader at a time: while one of the reading methods is at work, an enumeration or a pipe is under way, another throws
/// <see cref="InvalidOperationException"/>, whichever objects of this process they use. That other processes do not read meanwhile is for the user to see to: it is
/// noticed only when positions come out that no kernel writes. Reading begins where the last reader stopped, in whichever process that was.
/// </para>
/// <para>
/// A record that a program has reserved but not yet submitted holds up those behind it; one that was discarded is skipped. A program that finds no room loses
/// its record: the kernel does not count that, but the program can, see <see cref="LostRecords"/>.
/// </para>
/// <para>
/// Disposing is safe at any time: a reader on another thread ends after the record it is at, and the memory is unmapped when it has left.
/// </para>
/// </remarks>
public sealed class BpfRingBuffer : IDisposable, IAsyncDisposable
{
    private readonly BpfRingBufferOptions _options;
    private readonly RingMapping _mapping;
    private readonly RingReader _reader;
    private readonly RecordWaiter _waiter;
    private readonly IWaitCondition _condition;
    private readonly LostCounter? _lost;
    private readonly bool _owned;
    private BlockingWaiter? _blockingWaiter;

    /// <summary>Makes a ring buffer readable. The map stays its owner's, and may be disposed before this.</summary>
    /// <param name="map">The map.</param>
    /// <param name="options">How it is read; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The map is no ring buffer, or the options contradict each other.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not map its memory, for example because the map was opened for reading only.</exception>
    /// <exception cref="BpfNotSupportedException">The buffer overwrites its oldest records (<c>BPF_F_RB_OVERWRITE</c>).</exception>
    public BpfRingBuffer(BpfMap map, BpfRingBufferOptions? options = null)
        : this(map, options, options?.LostCounter, owned: false)
    {
    }

    /// <param name="map">The map.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="lostCounter">Where the program counts what found no room; goes before the options'.</param>
    /// <param name="owned">Whether disposing this disposes the map.</param>
    internal BpfRingBuffer(BpfMap map, BpfRingBufferOptions? options, BpfMap? lostCounter, bool owned)
    {
        _options = options ?? new BpfRingBufferOptions();
        WakeUpPolicy policy = _options.ToPolicy();
        _mapping = new RingMapping(map);
        try
        {
            _lost = lostCounter is null ? null : new LostCounter(lostCounter);
        }
        catch
        {
            _mapping.Dispose();
            throw;
        }

        Map = map;
        _owned = owned;
        _condition = new RingCondition(_mapping.Memory, policy);
        _waiter = new RecordWaiter(_condition, () => EventLoop.Shared.Watches(_mapping.File));
        _reader = new RingReader(_mapping.Memory, $"ring buffer '{map.Name}'", _options.DrainOnDispose, _mapping.Pages, Release, ReaderClaim.For(map.Id));
    }

    /// <summary>The map that is read.</summary>
    public BpfMap Map { get; }

    /// <summary>The size in bytes, record headers of 8 bytes included.</summary>
    public long Size => _mapping.Size;

    /// <summary>How many bytes are taken at this moment, headers and records that are still being written included.</summary>
    /// <remarks>Readers give space back for many records at once, at least every 256 records or every eighth of the buffer.</remarks>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public long Available => (long)_mapping.ReadAvailable();

    /// <summary>How many records were read through this object. While a reader is at work, up to 256 less.</summary>
    public long ConsumedRecords => _reader.Consumed;

    /// <summary>How many records were skipped because the program had discarded them. While a reader is at work, up to 256 less.</summary>
    public long DiscardedRecords => _reader.Discarded;

    /// <summary>
    /// How many records found no room, since the program was loaded: <see langword="null"/> when that is not known, because the program does not count
    /// them or <see cref="BpfRingBufferOptions.LostCounter"/> is not set.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public long? LostRecords => _lost?.Read();

    /// <summary>Creates a ring buffer that belongs to no object (<c>BPF_MAP_CREATE</c>); disposing this closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="size">Its size in bytes; a power of two, and at least a page.</param>
    /// <param name="options">How it is read; <see langword="null"/> for the defaults.</param>
    /// <returns>The reader of the new buffer.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfRingBuffer Create(string name, int size, BpfRingBufferOptions? options = null)
    {
        BpfMap map = MapCreation.Create(BpfMapType.RingBuf, name, 0, 0, size, BpfMapFlags.None);
        try
        {
            return new BpfRingBuffer(map, options, options?.LostCounter, owned: true);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Gives a handler every record that is ready, without copying and without allocating. Does not wait for more.</summary>
    /// <typeparam name="THandler">The handler's type, a struct, so that the call is direct.</typeparam>
    /// <param name="handler">Takes the records, in the kernel's memory. Changes to its fields are visible when this returns.</param>
    /// <param name="maxRecords">How many records at most; those that were discarded do not count.</param>
    /// <returns>How many records the handler got.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public int Consume<THandler>(ref THandler handler, int maxRecords = int.MaxValue)
        where THandler : struct, IBpfRecordHandler, allows ref struct =>
        _reader.Consume(ref handler, maxRecords);

    /// <summary>Gives a delegate every record that is ready, without copying. Does not wait for more.</summary>
    /// <param name="handler">Takes a record, in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <param name="maxRecords">How many records at most; those that were discarded do not count.</param>
    /// <returns>How many records the handler got.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public int Consume(Action<ReadOnlySpan<byte>> handler, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var adapter = new ActionHandler(handler);
        return _reader.Consume(ref adapter, maxRecords);
    }

    /// <summary>Gives a delegate every record that is ready, with a state for it, so that it need not capture and allocate. Does not wait for more.</summary>
    /// <typeparam name="TState">The state's type.</typeparam>
    /// <param name="state">What the handler gets beside each record.</param>
    /// <param name="handler">Takes a record, in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <param name="maxRecords">How many records at most; those that were discarded do not count.</param>
    /// <returns>How many records the handler got.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public int Consume<TState>(TState state, ReadOnlySpanAction<byte, TState> handler, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var adapter = new StatefulActionHandler<TState>(state, handler);
        return _reader.Consume(ref adapter, maxRecords);
    }

    /// <summary>Waits on this thread until there are records, as many as the options say.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// Whether there are records (which may turn out to be discarded ones), be they fewer when the time is up; false when there are none then, or the buffer was disposed
    /// meanwhile.
    /// </returns>
    /// <remarks>The shortest way from the program's submit to the handler: no other thread stands between.</remarks>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed before.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        _reader.Enter();
        try
        {
            if (_blockingWaiter is null)
            {
                // Disposing on another thread closes the gate first and then looks for the waiter: one of the two sees the other.
                Interlocked.Exchange(ref _blockingWaiter, new BlockingWaiter(_reader, _condition, _mapping.File));
            }

            return _blockingWaiter.Wait(_reader.Memory.ConsumerPosition, timeout, cancellationToken);
        }
        finally
        {
            _reader.Leave();
        }
    }

    /// <summary>Waits until there are records, as many as the options say. No thread is blocked meanwhile.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>Whether there are records (which may turn out to be discarded ones); false when the buffer was disposed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed before.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        _reader.Enter();
        return WaitAndLeaveAsync(cancellationToken);
    }

    /// <summary>Copies every record that comes, until the buffer is disposed.</summary>
    /// <typeparam name="T">The record's type, laid out as the program's struct.</typeparam>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The records, for <c>await foreach</c>. Each enumeration reads for itself: one at a time.</returns>
    /// <remarks>
    /// A record that is shorter than the type, or longer without <see cref="BpfRingBufferOptions.AllowLongerRecords"/>, ends the enumeration with
    /// <see cref="BpfLayoutException"/>; it counts as consumed.
    /// </remarks>
    public IAsyncEnumerable<T> ReadAllAsync<T>(CancellationToken cancellationToken = default)
        where T : unmanaged =>
        new RecordStream<T, RingRecords, RecordCopy<T>>(new RingRecords(_reader), _waiter, new RecordCopy<T>(_reader, _options.AllowLongerRecords), cancellationToken);

    /// <summary>Makes something of every record that comes, until the buffer is disposed.</summary>
    /// <typeparam name="TResult">What is made of a record.</typeparam>
    /// <param name="projection">Makes it, out of the record in the kernel's memory: valid until it returns. If it throws, its record counts as consumed.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The results, for <c>await foreach</c>. Each enumeration reads for itself: one at a time.</returns>
    public IAsyncEnumerable<TResult> ReadAllAsync<TResult>(Func<ReadOnlySpan<byte>, TResult> projection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(projection);
        return new RecordStream<TResult, RingRecords, RecordFunction<TResult>>(new RingRecords(_reader), _waiter, new RecordFunction<TResult>(projection), cancellationToken);
    }

    /// <summary>Makes the records' bytes a pipe, for parsers and for what copies from pipes and streams. Nothing is copied.</summary>
    /// <returns>The pipe. It is the one reader of this buffer until it is completed.</returns>
    /// <remarks>
    /// <para>
    /// The pipe holds the bytes that programs submitted, and nothing else. Each segment of its sequence is one record (records without bytes do not appear), in
    /// the kernel's memory: valid until <see cref="PipeReader.AdvanceTo(SequencePosition)"/>, which takes any position and gives the kernel the space of the
    /// records before it back. A record that is consumed in part takes up its space until the rest is consumed; if the pipe is completed before,
    /// the next reader gets it whole. One read returns up to 256 further records.
    /// </para>
    /// <para>
    /// While records are kept (examined, but not consumed) the kernel does not announce those that follow; the pipe then looks for them every few milliseconds. When
    /// everything is kept and the buffer has no room for another record, reading throws <see cref="InvalidOperationException"/>: it would wait for ever.
    /// </para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">Somebody is reading already.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public PipeReader AsPipeReader()
    {
        _reader.Enter();
        return new RingBufferPipeReader(_reader, _waiter);
    }

    /// <summary>Ends reading. Calling it again does nothing.</summary>
    /// <remarks>
    /// Waits end with <see langword="false"/>, and so do enumerations and pipes, with <see cref="BpfRingBufferOptions.DrainOnDispose"/> after they have
    /// delivered what is there. A reader on another thread may still be at its last record when this returns.
    /// </remarks>
    public void Dispose()
    {
        _reader.Close();
        _waiter.Close();
        Volatile.Read(ref _blockingWaiter)?.Interrupt();
        if (_owned)
        {
            Map.Dispose();
        }
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
            while (!await _waiter.WaitAsync(_reader.Memory.ConsumerPosition, announced: true, cancellationToken).ConfigureAwait(false))
            {
                if (_reader.IsClosed)
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            _reader.Leave();
        }
    }

    /// <summary>This buffer, for one loop over several.</summary>
    internal PolledBuffer ToPolled<THandler>(THandler handler)
        where THandler : struct, IBpfRecordHandler =>
        new PolledRing<THandler>(_reader, _condition, _mapping.File, handler);

    /// <summary>Called by whoever is the last in the reader's gate.</summary>
    private void Release()
    {
        _waiter.Dispose();
        _blockingWaiter?.Dispose();
        _lost?.Dispose();
        _mapping.Dispose();
    }

    internal readonly struct ActionHandler(Action<ReadOnlySpan<byte>> handler) : IBpfRecordHandler
    {
        public bool Handle(ReadOnlySpan<byte> record)
        {
            handler(record);
            return true;
        }
    }

    private readonly struct StatefulActionHandler<TState>(TState state, ReadOnlySpanAction<byte, TState> handler) : IBpfRecordHandler
    {
        public bool Handle(ReadOnlySpan<byte> record)
        {
            handler(record, state);
            return true;
        }
    }
}
