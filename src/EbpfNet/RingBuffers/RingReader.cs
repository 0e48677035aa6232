using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Reads a ring, one reader at a time. Knows only its memory: the same for a map of the kernel's and for a test's own memory.</summary>
internal sealed unsafe class RingReader
{
    /// <summary>Space is given back at least every so many records, or every eighth of the ring.</summary>
    public const int PublishRecords = 256;
    public const int PublishFraction = 8;

    private readonly Action _release;
    private readonly bool _drainsOnClose;
    private volatile bool _isReleased;
    private ReaderGate _gate;
    private long _consumed;
    private long _discarded;

    /// <param name="memory">The ring.</param>
    /// <param name="name">As messages call it: "ring buffer 'events'".</param>
    /// <param name="drainsOnClose">Whether a reader that is in when the ring is closed reads on to the end of what was there then.</param>
    /// <param name="pages">What keeps the data mapped; <see langword="null"/> for memory that stays anyway.</param>
    /// <param name="release">Gives the memory back; called once, by whoever is last.</param>
    public RingReader(RingMemory memory, string name, bool drainsOnClose, SafeHandle? pages, Action release)
    {
        Memory = memory;
        Pages = pages;
        Name = name;
        _drainsOnClose = drainsOnClose;
        _release = release;
    }

    public RingMemory Memory { get; }

    public SafeHandle? Pages { get; }

    public string Name { get; }

    public long Consumed => Volatile.Read(ref _consumed);

    public long Discarded => Volatile.Read(ref _discarded);

    /// <summary>What a pipe leaves for the next one. The reader's own.</summary>
    public RingSegment? SpareSegments { get; set; }

    /// <summary>Whether the memory was given back.</summary>
    public bool IsReleased => _isReleased;

    /// <summary>Whether the ring was closed: readers that wait end, and so do those that read, unless they drain.</summary>
    public bool IsClosed => _gate.IsClosed;

    public bool DrainsOnClose => _drainsOnClose;

    /// <summary>Whether the record that is being handled is to be the last.</summary>
    public bool IsToStop => _gate.IsClosed && !_drainsOnClose;

    /// <exception cref="ObjectDisposedException">The ring was closed.</exception>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    public void Enter() => _gate.Enter(this);

    public void Leave()
    {
        if (_gate.Leave())
        {
            Release();
        }
    }

    public void Close()
    {
        if (_gate.Close())
        {
            Release();
        }
    }

    /// <summary>Gives space back and counts what was in it. The reader's own.</summary>
    public void Publish(ulong position, int records, int discarded)
    {
        Memory.Publish(position);
        Count(records, discarded);
    }

    /// <summary>The reader's own.</summary>
    public void Count(int records, int discarded)
    {
        Volatile.Write(ref _consumed, _consumed + records);
        Volatile.Write(ref _discarded, _discarded + discarded);
    }

    /// <summary>Gives the handler every record that is ready, those that become ready meanwhile included. The hot path.</summary>
    /// <returns>How many records the handler got.</returns>
    public int Consume<THandler>(ref THandler handler, int maxRecords)
        where THandler : struct, IBpfRecordHandler, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        Enter();
        RingMemory memory = Memory;
        ulong position = memory.ConsumerPosition;
        byte* start = memory.At(position);
        var batch = new RingBatch { Next = start };
        int left = maxRecords;
        int limit = 0;
        bool goesOn = true;
        try
        {
            while (goesOn && left > 0)
            {
                ulong producer = memory.ProducerPosition;
                if (position == producer)
                {
                    break;
                }

                if (!memory.IsPossible(position, producer))
                {
                    ThrowImpossible();
                }

                limit = Math.Min(PublishRecords, left);
                start = memory.At(position);
                batch.Next = start;
                batch.Reserved = start + (producer - position);
                batch.End = start + Math.Min(producer - position, memory.Size / PublishFraction);
                batch.Left = limit;
                goesOn = batch.Handle(ref handler, this);
                left -= limit - batch.Left;
                limit = batch.Left;
                position += (ulong)(batch.Next - start);
                start = batch.Next;
                memory.Publish(position);
            }
        }
        finally
        {
            // What the loop has not yet counted is of a batch that a handler's exception has ended.
            Publish(position + (ulong)(batch.Next - start), maxRecords - left + limit - batch.Left, batch.Discarded);
            Leave();
        }

        return maxRecords - left;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ThrowImpossible() => throw new InvalidOperationException(
        $"The {Name} holds something that no kernel writes. Another process, or another reader of this one, reads it too and gives space back that is being read here: a ring buffer has one reader.");

    public override string ToString() => Name;

    private void Release()
    {
        _isReleased = true;
        _release();
    }
}
