using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>A ring's records as a pipe: their bytes where the kernel put them, one segment each. In the ring's gate from beginning to completion.</summary>
internal sealed class RingBufferPipeReader : PipeReader
{
    /// <summary>So many records join the sequence with each read: enough to be cheap, few enough to stay in the processor's nearest cache.</summary>
    private const int RecordsPerRead = 256;

    private readonly RingReader _reader;
    private readonly RecordWaiter _waiter;
    private readonly RingBytes[] _windows;
    private readonly RingSegmentChain _segments;

    /// <summary>Who calls is in; completing from another thread meanwhile leaves the giving back to them.</summary>
    private ReaderGate _calls;
    private RingCursor _cursor;
    private int _headOffset;
    private long _endIndex;
    private ulong _published;
    private ulong _drainEnd = ulong.MaxValue;
    private int _emptyRecords;
    private int _canceled;
    private bool _isEverythingExamined = true;
    private bool _isRead;

    /// <summary>The caller has entered the reader's gate.</summary>
    public RingBufferPipeReader(RingReader reader, RecordWaiter waiter)
    {
        _reader = reader;
        _waiter = waiter;
        _windows = RingBytes.Over(reader);
        _cursor = new RingCursor(reader);
        _published = _cursor.Position;
        _segments = new RingSegmentChain(reader.SpareSegments);
        reader.SpareSegments = null;
    }

    public override bool TryRead(out ReadResult result)
    {
        Begin();
        try
        {
            return TryReadNow(out result);
        }
        finally
        {
            End();
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        Begin();
        bool waits = false;
        try
        {
            if (TryReadNow(out ReadResult result))
            {
                return new ValueTask<ReadResult>(result);
            }

            waits = true;
        }
        finally
        {
            if (!waits)
            {
                End();
            }
        }

        return WaitAndReadAsync(cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Begin();
        try
        {
            Advance(consumed, examined);
        }
        finally
        {
            End();
        }
    }

    public override void CancelPendingRead()
    {
        Volatile.Write(ref _canceled, 1);
        _waiter.Interrupt();
    }

    public override void Complete(Exception? exception = null)
    {
        if (_calls.Close())
        {
            Release();
        }
        else
        {
            _waiter.Interrupt(); // A read that waits on another thread gives back instead.
        }
    }

    private void Begin()
    {
        if (!_calls.TryEnter())
        {
            throw new InvalidOperationException(_calls.IsClosed
                ? $"The pipe over the {_reader} was completed; make another one with AsPipeReader."
                : $"The pipe over the {_reader} is being read by somebody else: one call at a time.");
        }
    }

    private void End()
    {
        if (_calls.Leave())
        {
            Release();
        }
    }

    private void Release()
    {
        _reader.SpareSegments = _segments.TakeSpare();
        _reader.Leave();
    }

    /// <summary>Whether there is something to tell: bytes that were not examined yet, cancellation, or the end.</summary>
    private bool TryReadNow(out ReadResult result)
    {
        if (_isRead)
        {
            throw new InvalidOperationException("What the last read returned is still in use: call AdvanceTo before reading again.");
        }

        bool isCanceled = Interlocked.Exchange(ref _canceled, 0) != 0;
        bool isClosed = _reader.IsClosed;
        bool hasGrown = (!isClosed || _reader.DrainsOnClose) && Fill();
        bool isCompleted = isClosed && !MayDrain(hasGrown);
        if (!isCanceled && !isCompleted && !hasGrown && (_segments.Head is null || _isEverythingExamined))
        {
            result = default;
            return false;
        }

        var sequence = _segments.Head is { } head && _segments.Tail is { } tail ? new ReadOnlySequence<byte>(head, _headOffset, tail, tail.Memory.Length) : default;
        result = new ReadResult(sequence, isCanceled, isCompleted);
        _isRead = true;
        return true;
    }

    /// <summary>After the ring was closed: whether there is more of what was there then.</summary>
    private bool MayDrain(bool hasGrown)
    {
        if (_drainEnd == ulong.MaxValue)
        {
            _drainEnd = _reader.DrainsOnClose ? _reader.Memory.ProducerPosition : 0;
        }

        return hasGrown && _cursor.Position < _drainEnd;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAndReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ThrowIfFull();
                await _waiter.WaitAsync(_cursor.Position, announced: _segments.Head is null, cancellationToken).ConfigureAwait(false);
                if (_calls.IsClosed)
                {
                    throw new InvalidOperationException($"The pipe over the {_reader} was completed while it was being read.");
                }

                if (TryReadNow(out ReadResult result))
                {
                    return result;
                }
            }
        }
        finally
        {
            End();
        }
    }

    /// <summary>Adds records that are ready to the sequence. Space of records without bytes, and of discarded ones, is given back with the record before.</summary>
    private unsafe bool Fill()
    {
        int added = 0;
        byte* data = _reader.Memory.Data;
        while (added < RecordsPerRead && _cursor.TryRead(out byte* payload, out int length))
        {
            if (length == 0)
            {
                _emptyRecords++;
                continue;
            }

            _segments.Append(RingBytes.Slice(_windows, data, payload, length), _endIndex, _cursor.Position);
            _endIndex += length;
            added++;
        }

        if (_segments.Tail is { } tail)
        {
            tail.End = _cursor.Position;
        }
        else if (_published != _cursor.Position)
        {
            Publish(_cursor.Position, 0);
        }

        return added != 0;
    }

    private void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isRead)
        {
            throw new InvalidOperationException("There is nothing to advance in: nothing was read since the last AdvanceTo.");
        }

        if (_segments.Head is not { } head)
        {
            _isRead = false;
            return; // What was read is empty, and so is everything in it.
        }

        long consumedIndex = IndexOf(consumed);
        long examinedIndex = IndexOf(examined);
        if (consumedIndex > examinedIndex || consumedIndex < head.RunningIndex + _headOffset || examinedIndex > _endIndex)
        {
            throw new InvalidOperationException("AdvanceTo takes positions within what was read last, and what is examined does not end before what is consumed.");
        }

        _isRead = false;
        _isEverythingExamined = examinedIndex == _endIndex;
        int records = 0;
        ulong end = _published;
        while (_segments.Head is { } segment && segment.EndIndex <= consumedIndex)
        {
            records++;
            end = segment.End;
            _segments.RemoveHead();
        }

        _headOffset = _segments.Head is { } first ? (int)(consumedIndex - first.RunningIndex) : 0;
        if (records != 0)
        {
            Publish(end, records);
        }
    }

    private long IndexOf(SequencePosition position) =>
        position.GetObject() is RingSegment segment && segment.Chain == _segments
            ? segment.RunningIndex + position.GetInteger()
            : throw new InvalidOperationException("AdvanceTo takes positions within what was read last; this one is of another sequence, or of a read before.");

    private void Publish(ulong position, int records)
    {
        _published = position;
        _reader.Publish(position, records + _emptyRecords, _cursor.Discarded);
        _emptyRecords = 0;
        _cursor.Discarded = 0;
    }

    /// <summary>The kernel has no room for a record as small as the smallest that is kept here, and gets none until something is consumed.</summary>
    private void ThrowIfFull()
    {
        ulong size = _reader.Memory.Size;
        ulong producer = _reader.Memory.ProducerPosition;
        ulong room = size - Math.Min(size, producer - _published + 8); // The kernel never fills the last 8 bytes.
        if (_segments.Head is null || _cursor.Position != producer || room >= size / 2)
        {
            return;
        }

        int smallest = int.MaxValue;
        RingSegment? next = _segments.Head;
        RingSegment segment;
        do
        {
            segment = next!;
            smallest = Math.Min(smallest, segment.Memory.Length);
            next = segment.NextSegment;
        }
        while (segment != _segments.Tail);

        if (room < RingMemory.After(0, (uint)smallest))
        {
            ThrowFull(size);
        }
    }

    [DoesNotReturn]
    private void ThrowFull(ulong size) => throw new InvalidOperationException(
        $"The {_reader} is full ({size} bytes), and everything in it was examined but not consumed: no further record can come, and the kernel would never end this wait. Consume something with AdvanceTo, or make the buffer larger.");
}
