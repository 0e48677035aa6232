using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>A place in a ring. Space is given back for many records at once.</summary>
internal struct RingRecords(RingReader reader) : IRecordSource
{
    private RingCursor _cursor;
    private ulong _publishAt;
    private int _unpublished;
    private ulong _drainEnd = ulong.MaxValue;

    public readonly RecordReader Reader => reader;

    public readonly ulong Position => _cursor.Position;

    public void Begin()
    {
        _cursor = new RingCursor(reader);
        _publishAt = _cursor.Position + (reader.Memory.Size / RecordReader.PublishFraction);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe bool TryRead(out ReadOnlySpan<byte> record)
    {
        if (!_cursor.TryRead(out byte* payload, out int length))
        {
            record = default;
            return false;
        }

        _unpublished++; // Whatever becomes of it, it counts as consumed.
        record = MemoryMarshal.CreateReadOnlySpan(ref *payload, length);
        return true;
    }

    public void PublishIfDue()
    {
        if (_unpublished >= RecordReader.PublishRecords || _cursor.Position >= _publishAt)
        {
            Publish();
        }
    }

    public void Publish()
    {
        reader.Publish(_cursor.Position, _unpublished, _cursor.Discarded);
        _unpublished = 0;
        _cursor.Discarded = 0;
        _publishAt = _cursor.Position + (reader.Memory.Size / RecordReader.PublishFraction);
    }

    public void PrepareToWait() => Publish();

    public bool MayDrain()
    {
        if (_drainEnd == ulong.MaxValue)
        {
            _drainEnd = reader.DrainsOnClose ? reader.Memory.ProducerPosition : 0;
        }

        return _cursor.Position < _drainEnd;
    }
}
