using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>Steps from record to record for readers that keep their place between calls. Gives no space back: that is its owner's to do.</summary>
internal unsafe struct RingCursor
{
    private readonly RingReader _reader;
    private readonly RingMemory _memory;
    private ulong _producer;
    private ulong _usual;
    private ulong _step;

    public RingCursor(RingReader reader)
    {
        _reader = reader;
        _memory = reader.Memory;
        Position = _memory.ConsumerPosition;
        _producer = Position;
        _usual = ulong.MaxValue;
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
            if (header != _usual)
            {
                if ((header & RingMemory.Busy) != 0)
                {
                    break;
                }

                // See RingBatch: records of one length need not wait for each other's headers.
                _step = RingMemory.After(0, header);
                _usual = (header & RingMemory.Discarded) != 0 ? ulong.MaxValue : header;
            }

            byte* record = _memory.At(Position);
            if (Position + _step > _producer)
            {
                _reader.ThrowImpossible();
            }

            Position += _step;
            if ((header & RingMemory.Discarded) == 0)
            {
                payload = record + RingMemory.HeaderSize;
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
            _reader.ThrowImpossible();
        }

        return Position != _producer;
    }
}
