using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>Steps from record to record for readers that keep their place between calls. Gives no space back: that is its owner's to do.</summary>
internal unsafe struct RingCursor
{
    private readonly RingReader _reader;
    private readonly RingMemory _memory;
    private ulong _producer;

    public RingCursor(RingReader reader)
    {
        _reader = reader;
        _memory = reader.Memory;
        Position = _memory.ConsumerPosition;
        _producer = Position;
    }

    /// <summary>After the last record that was read or skipped.</summary>
    public ulong Position { get; private set; }

    /// <summary>How many discarded records were skipped so far.</summary>
    public int Discarded { get; set; }

    /// <summary>The next record that is written to its end, if there is one.</summary>
    /// <exception cref="InvalidOperationException">Something else reads this ring.</exception>
    public bool TryRead(out byte* payload, out int length)
    {
        while (Position != _producer || HasGrown())
        {
            uint header = _memory.ReadHeader(Position);
            if ((header & RingMemory.Busy) != 0)
            {
                break;
            }

            payload = _memory.Payload(Position);
            ulong next = RingMemory.After(Position, header);
            if (next > _producer)
            {
                _reader.ThrowImpossible(Position, _producer);
            }

            Position = next;
            if ((header & RingMemory.Discarded) == 0)
            {
                length = (int)header;
                return true;
            }

            Discarded++;
        }

        payload = null;
        length = 0;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasGrown()
    {
        _producer = _memory.ProducerPosition;
        if (!_memory.IsPossible(Position, _producer))
        {
            _reader.ThrowImpossible(Position, _producer);
        }

        return Position != _producer;
    }
}
