using System.Buffers;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Writes records for BPF programs into a ring buffer (<c>BPF_MAP_TYPE_USER_RINGBUF</c>, Linux 6.1). A program gets them when it calls
/// <c>bpf_user_ringbuf_drain</c>; nothing runs it because something was written.
/// </summary>
/// <remarks>
/// Members may be called from several threads; records are in the order of their reservation. Writing allocates nothing. One object at a time may write into a map: two
/// do not know of each other, and would write over each other's records.
/// </remarks>
public sealed unsafe class BpfUserRingBuffer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly BpfHandle _file;
    private readonly MemoryMapping _consumerPage;
    private readonly MemoryMapping _producerPages;
    private readonly UserRingMemory _memory;
    private readonly bool _owned;
    private readonly List<EventPoll> _waits = [];
    private volatile bool _isDisposed;

    /// <summary>Makes a ring buffer writable. The map stays its owner's, and may be disposed before this.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is no user ring buffer.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not map its memory.</exception>
    public BpfUserRingBuffer(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfUserRingBuffer(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfUserRingBuffer), BpfMapType.UserRingBuf);
        Map = map;
        _owned = owned;
        _file = map.Handle.Duplicate(map.ToString());
        try
        {
            nuint page = MemoryMapping.PageSize;
            _consumerPage = MemoryMapping.Map(_file, page, writable: false, map.ToString());
            _producerPages = MemoryMapping.Map(_file, page + (2 * (nuint)map.MaxEntries), writable: true, map.ToString(), offset: (long)page);
        }
        catch
        {
            _consumerPage?.Dispose();
            _file.Dispose();
            throw;
        }

        using MemoryMapping.Lease consumer = _consumerPage.Acquire();
        using MemoryMapping.Lease producer = _producerPages.Acquire();
        _memory = new UserRingMemory((ulong*)consumer.Address, (ulong*)producer.Address, producer.Address + MemoryMapping.PageSize, map.MaxEntries);
    }

    /// <summary>The map that is written.</summary>
    public BpfMap Map { get; }

    /// <summary>The size in bytes, record headers of 8 bytes included.</summary>
    public long Size => (long)_memory.Size;

    /// <summary>How many bytes are free at this moment. A record takes its length, rounded up to 8, and 8 more.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public long Free
    {
        get
        {
            using MemoryMapping.Lease consumer = Lease(_consumerPage);
            using MemoryMapping.Lease producer = Lease(_producerPages);
            return (long)_memory.Free;
        }
    }

    /// <summary>Creates a ring buffer that belongs to no object (<c>BPF_MAP_CREATE</c>); disposing this closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="size">Its size in bytes; a power of two, and at least a page.</param>
    /// <returns>The writer of the new buffer.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfUserRingBuffer Create(string name, int size)
    {
        BpfMap map = MapCreation.Create(BpfMapType.UserRingBuf, name, 0, 0, size, BpfMapFlags.None);
        try
        {
            return new BpfUserRingBuffer(map, owned: true);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Writes a record in place, in the kernel's memory, if there is room.</summary>
    /// <typeparam name="TState">The state's type.</typeparam>
    /// <param name="length">The record's length in bytes.</param>
    /// <param name="state">What the writer gets beside the record, so that it need not capture and allocate.</param>
    /// <param name="write">
    /// Writes the record. Its bytes hold what was there before: write all of them. Until it returns, the program does not see the records behind it
    /// either; if it throws, the program skips the record.
    /// </param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is too small for such a record, even if it were empty.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public bool TryWrite<TState>(int length, TState state, SpanAction<byte, TState> write)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(write);
        RequireLength(length);
        using MemoryMapping.Lease consumer = Lease(_consumerPage);
        using MemoryMapping.Lease producer = Lease(_producerPages);
        byte* payload = Reserve(length);
        if (payload is null)
        {
            return false;
        }

        bool isWritten = false;
        try
        {
            write(new Span<byte>(payload, length), state);
            isWritten = true;
        }
        finally
        {
            UserRingMemory.Commit(payload, length, discard: !isWritten);
        }

        return true;
    }

    /// <summary>Writes a record, if there is room.</summary>
    /// <param name="record">Its bytes, which are copied.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is too small for such a record, even if it were empty.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public bool TryWrite(ReadOnlySpan<byte> record)
    {
        RequireLength(record.Length);
        using MemoryMapping.Lease consumer = Lease(_consumerPage);
        using MemoryMapping.Lease producer = Lease(_producerPages);
        byte* payload = Reserve(record.Length);
        if (payload is null)
        {
            return false;
        }

        record.CopyTo(new Span<byte>(payload, record.Length));
        UserRingMemory.Commit(payload, record.Length, discard: false);
        return true;
    }

    /// <summary>Writes a record, if there is room.</summary>
    /// <typeparam name="T">The record's type, laid out as the program's struct.</typeparam>
    /// <param name="record">The record, which is copied, padding included.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is too small for such a record, even if it were empty.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public bool TryWrite<T>(in T record)
        where T : unmanaged =>
        TryWrite(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)));

    /// <summary>Waits on this thread until a program has made room.</summary>
    /// <param name="length">For a record of how many bytes.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>Whether there is room; false when the time is up or the buffer was disposed meanwhile. Another thread may take it first.</returns>
    /// <remarks>A program that drains with <c>BPF_RB_NO_WAKEUP</c>, or finds nothing but records to skip, ends no wait.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is too small for such a record, even if it were empty.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed before.</exception>
    public bool WaitForRoom(int length, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        RequireLength(length);
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        using MemoryMapping.Lease consumer = Lease(_consumerPage);
        using MemoryMapping.Lease producer = Lease(_producerPages);
        using var poll = new EventPoll();
        poll.Add(_file, id: 0, forWriting: true);
        lock (_lock)
        {
            _waits.Add(poll);
        }

        try
        {
            return Wait(poll, UserRingMemory.SizeOf(length), timeout, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _waits.Remove(poll);
            }
        }
    }

    /// <summary>Ends writing, and the waiting for room. A record that is being written on another thread is still completed. Calling it again does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (EventPoll wait in _waits)
            {
                wait.WakeUp();
            }
        }

        _producerPages.Dispose();
        _consumerPage.Dispose();
        _file.Dispose();
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The buffer as messages call it.</summary>
    public override string ToString() => $"user ring buffer '{Map.Name}'";

    private bool Wait(EventPoll poll, ulong bytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
        Span<ulong> ready = stackalloc ulong[1];
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static poll => ((EventPoll)poll!).WakeUp(), poll);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_isDisposed)
            {
                return false;
            }

            if (_memory.Free >= bytes)
            {
                return true;
            }

            long left = end == long.MaxValue ? -1 : Math.Min(int.MaxValue, end - Environment.TickCount64);
            if (end != long.MaxValue && left <= 0)
            {
                return false;
            }

            poll.Wait(ready, (int)left);
        }
    }

    private byte* Reserve(int length)
    {
        lock (_lock)
        {
            return _memory.TryReserve(length);
        }
    }

    private void RequireLength(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > _memory.LongestRecord)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, $"The {this} takes records of at most {_memory.LongestRecord} bytes.");
        }
    }

    private MemoryMapping.Lease Lease(MemoryMapping mapping)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return mapping.Acquire();
    }
}
