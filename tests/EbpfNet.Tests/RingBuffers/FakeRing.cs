using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.Tests.RingBuffers;

/// <summary>The kernel's side of a ring buffer in ordinary memory: reserves, submits and discards as bpf_ringbuf_* do.</summary>
internal sealed unsafe class FakeRing : IDisposable
{
    private readonly byte* _memory;
    private readonly byte* _data;
    private readonly ulong _size;

    public FakeRing(int size, ulong startsAt = 0, bool drainsOnClose = false, WakeUpPolicy? policy = null)
    {
        _size = (ulong)size;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(64 + (2 * _size)));
        _data = _memory + 64;
        *Consumer = startsAt;
        *Producer = startsAt;
        Memory = new RingMemory(Consumer, Producer, _data, _size);
        Watch = new FakeWatch();
        Waiter = new RecordWaiter(new RingCondition(Memory, policy ?? new WakeUpPolicy(0, 0, 0)), () => Watch);
        Reader = new RingReader(Memory, "ring buffer 'fake'", drainsOnClose, pages: null, () => Releases++);
    }

    public RingMemory Memory { get; }

    public RingReader Reader { get; }

    public RecordWaiter Waiter { get; }

    public FakeWatch Watch { get; }

    /// <summary>How often the reader has given the memory back.</summary>
    public int Releases { get; private set; }

    public ulong* Consumer => (ulong*)_memory;

    public ulong* Producer => (ulong*)(_memory + 32);

    public ulong Used => *Producer - Volatile.Read(ref *Consumer);

    /// <summary>The position of a new record, which is busy; <see langword="null"/> when there is no room.</summary>
    public ulong? TryReserve(int length)
    {
        ulong position = *Producer;
        ulong next = RingMemory.After(position, (uint)length);
        if (next - Volatile.Read(ref *Consumer) > _size - 1)
        {
            return null;
        }

        WriteHeader(position, (uint)length | RingMemory.Busy);
        Volatile.Write(ref *Producer, next);
        return position;
    }

    /// <summary>Ends a reservation.</summary>
    public void Commit(ulong position, ReadOnlySpan<byte> payload, bool discard = false)
    {
        for (int i = 0; i < payload.Length; i++)
        {
            ulong offset = (position + RingMemory.HeaderSize + (ulong)i) & (_size - 1);
            _data[offset] = payload[i];
            _data[offset + _size] = payload[i];
        }

        WriteHeader(position, (uint)payload.Length | (discard ? RingMemory.Discarded : 0));
        Announcements += Volatile.Read(ref *Consumer) == position ? 1 : 0;
    }

    /// <summary>How often the kernel would have woken the reader.</summary>
    public int Announcements { get; private set; }

    public bool TrySubmit(params ReadOnlySpan<byte> payload)
    {
        if (TryReserve(payload.Length) is not { } position)
        {
            return false;
        }

        Commit(position, payload);
        return true;
    }

    public void Submit(params ReadOnlySpan<byte> payload) => Assert.True(TrySubmit(payload), "the ring is full");

    public void Discard(int length) => Commit(TryReserve(length)!.Value, new byte[length], discard: true);

    /// <summary>What the kernel never does.</summary>
    public void WriteHeader(ulong position, uint header)
    {
        ulong offset = position & (_size - 1);
        *(uint*)(_data + offset + _size) = header;
        Volatile.Write(ref *(uint*)(_data + offset), header);
    }

    public List<byte[]> ConsumeAll(int maxRecords = int.MaxValue)
    {
        var collector = new Collector { Records = [] };
        int count = Reader.Consume(ref collector, maxRecords);
        Assert.Equal(collector.Records.Count, count);
        return collector.Records;
    }

    public IAsyncEnumerator<byte[]> Enumerate(CancellationToken cancellationToken = default) =>
        new RecordStream<byte[], RingRecords, RecordFunction<byte[]>>(new RingRecords(Reader), Waiter, new RecordFunction<byte[]>(record => record.ToArray()), cancellationToken).GetAsyncEnumerator(CancellationToken.None);

    public RingBufferPipeReader OpenPipe()
    {
        Reader.Enter();
        return new RingBufferPipeReader(Reader, Waiter);
    }

    public void Dispose() => NativeMemory.Free(_memory);

    internal struct Collector : IBpfRecordHandler
    {
        public List<byte[]> Records;

        public readonly bool Handle(ReadOnlySpan<byte> record)
        {
            Records.Add(record.ToArray());
            return true;
        }
    }

    /// <summary>A loop that the test turns by hand.</summary>
    internal sealed class FakeWatch : IEventWatch
    {
        private volatile IEventSource? _source;

        public bool IsWaitedFor => _source is not null;

        public int Milliseconds { get; private set; }

        public void Begin(IEventSource source, int milliseconds)
        {
            _source = source;
            Milliseconds = milliseconds;
        }

        public void End() => _source = null;

        /// <summary>What the loop does on an announcement, or when the time has come.</summary>
        public void Look() => Milliseconds = _source?.Look(isAnnounced: true) ?? -1;

        /// <summary>Turns the loop until a reader's task has ended, or waits for something that is not there.</summary>
        /// <returns>Whether it has ended.</returns>
        public bool LookUntilSettled(Task task)
        {
            while (!task.IsCompleted)
            {
                if (IsWaitedFor)
                {
                    Look();
                    if (IsWaitedFor)
                    {
                        return false;
                    }
                }

                Thread.Yield(); // A reader that was woken goes on in the thread pool.
            }

            return true;
        }

        public void Dispose()
        {
        }
    }
}
