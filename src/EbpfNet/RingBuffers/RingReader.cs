using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Reads a ring, one reader at a time. Knows only its memory: the same for a map of the kernel's and for a test's own memory.</summary>
internal sealed unsafe class RingReader : RecordReader
{
    private long _discarded;

    /// <param name="memory">The ring.</param>
    /// <param name="name">As messages call it: "ring buffer 'events'".</param>
    /// <param name="drainsOnClose">Whether a reader that is in when the ring is closed reads on to the end of what was there then.</param>
    /// <param name="pages">What keeps the data mapped; <see langword="null"/> for memory that stays anyway.</param>
    /// <param name="release">Gives the memory back; called once, by whoever is last.</param>
    /// <param name="claim">Of the map; <see langword="null"/> for memory that nobody else knows.</param>
    public RingReader(RingMemory memory, string name, bool drainsOnClose, SafeHandle? pages, Action release, ReaderClaim? claim = null)
        : base(name, drainsOnClose, release, claim)
    {
        Memory = memory;
        Pages = pages;
    }

    public RingMemory Memory { get; }

    public SafeHandle? Pages { get; }

    public long Discarded => Volatile.Read(ref _discarded);

    /// <summary>What a pipe leaves for the next one. The reader's own.</summary>
    public RingSegment? SpareSegments { get; set; }

    /// <summary>Gives space back and counts what was in it. The reader's own.</summary>
    public void Publish(ulong position, int records, int discarded)
    {
        Memory.Publish(position);
        CountConsumed(records);
        Volatile.Write(ref _discarded, _discarded + discarded);
    }

    /// <summary>Gives the handler every record that is ready, those that become ready meanwhile included.</summary>
    /// <returns>How many records the handler got.</returns>
    public int Consume<THandler>(ref THandler handler, int maxRecords)
        where THandler : struct, IBpfRecordHandler, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        Enter();
        try
        {
            return ConsumeInside(ref handler, maxRecords);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The same for the reader in the gate. The hot path.</summary>
    public int ConsumeInside<THandler>(ref THandler handler, int maxRecords)
        where THandler : struct, IBpfRecordHandler, allows ref struct
    {
        RingMemory memory = Memory;
        ulong position = memory.ConsumerPosition;
        byte* start = memory.At(position);
        var batch = new RingBatch { Next = start };
        int left = maxRecords;
        int limit = 0;
        ulong drainEnd = ulong.MaxValue;
        bool goesOn = true;
        try
        {
            while (goesOn && left > 0)
            {
                ulong producer = memory.ProducerPosition;
                if (IsClosed)
                {
                    // What comes after the end is nobody's: programs may bring more for as long as they like.
                    producer = drainEnd = DrainsOnClose ? Math.Min(producer, drainEnd) : position;
                }

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
                int handled = limit - batch.Left;
                left -= handled;
                limit = batch.Left;
                position += (ulong)(batch.Next - start);
                start = batch.Next;
                Publish(position, handled, batch.Discarded);
                batch.Discarded = 0;
            }
        }
        finally
        {
            // What the loop has not yet counted is of a batch that a handler's exception has ended.
            Publish(position + (ulong)(batch.Next - start), limit - batch.Left, batch.Discarded);
        }

        return maxRecords - left;
    }
}
