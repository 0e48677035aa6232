namespace EbpfNet;

/// <summary>
/// The segments of a pipe: those in its sequence, from <see cref="Head"/> to <see cref="Tail"/>, in one chain with those that were used before and those
/// that are yet to be used again. Their links stay as they are for as long as possible: each new one costs a write barrier.
/// </summary>
internal sealed class RingSegmentChain
{
    private RingSegment? _first;
    private RingSegment? _lastUsed;

    /// <param name="spare">What another chain has left behind.</param>
    public RingSegmentChain(RingSegment? spare)
    {
        _first = spare;
        for (RingSegment? segment = spare; segment is not null; segment = segment.NextSegment)
        {
            segment.Chain = this;
        }
    }

    public RingSegment? Head { get; private set; }

    public RingSegment? Tail { get; private set; }

    /// <summary>Puts a record at the end of the sequence.</summary>
    public void Append(ReadOnlyMemory<byte> record, long runningIndex, ulong end)
    {
        RingSegment segment = (Tail is null ? _first : Tail.NextSegment) ?? Extend();
        segment.Use(record, runningIndex, end);
        Head ??= segment;
        Tail = segment;
    }

    /// <summary>Takes the first record out of the sequence.</summary>
    public void RemoveHead()
    {
        _lastUsed = Head;
        if (Head == Tail)
        {
            // The next one begins at the front again.
            Head = Tail = _lastUsed = null;
        }
        else
        {
            Head = Head!.NextSegment;
        }
    }

    /// <summary>Empties the sequence and leaves the segments to somebody else.</summary>
    public RingSegment? TakeSpare()
    {
        RingSegment? spare = _first;
        Head = Tail = _lastUsed = _first = null;
        return spare;
    }

    /// <summary>Moves those before the head behind the tail; makes one if there are none.</summary>
    private RingSegment Extend()
    {
        RingSegment segment;
        if (_lastUsed is not null)
        {
            segment = _first!;
            _first = Head;
            _lastUsed.NextSegment = null;
            _lastUsed = null;
        }
        else
        {
            segment = new RingSegment { Chain = this };
        }

        if (Tail is null)
        {
            _first = segment;
        }
        else
        {
            Tail.NextSegment = segment;
        }

        return segment;
    }
}
