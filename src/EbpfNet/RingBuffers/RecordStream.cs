using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>A ring's records as an asynchronous sequence; each enumeration is a reader of the ring, from its first step to its end.</summary>
internal sealed class RecordStream<T, TProjection>(RingReader reader, RingWaiter waiter, TProjection projection, CancellationToken cancellationToken) : IAsyncEnumerable<T>
    where TProjection : struct, IRecordProjection<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken enumerationToken = default)
    {
        if (!enumerationToken.CanBeCanceled || enumerationToken == cancellationToken)
        {
            return new Enumerator(reader, waiter, projection, linked: null, cancellationToken);
        }

        if (!cancellationToken.CanBeCanceled)
        {
            return new Enumerator(reader, waiter, projection, linked: null, enumerationToken);
        }

        var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumerationToken);
        return new Enumerator(reader, waiter, projection, linked, linked.Token);
    }

    private sealed class Enumerator : IAsyncEnumerator<T>
    {
        private readonly RingReader _reader;
        private readonly RingWaiter _waiter;
        private readonly TProjection _projection;
        private readonly CancellationToken _cancellationToken;
        private readonly CancellationTokenSource? _linked;
        private readonly ulong _eighth;
        private RingCursor _cursor;
        private ulong _publishAt;
        private int _unpublished;
        private ulong _end = ulong.MaxValue;
        private Phase _phase;
        private T _current = default!;

        public Enumerator(RingReader reader, RingWaiter waiter, TProjection projection, CancellationTokenSource? linked, CancellationToken cancellationToken)
        {
            _reader = reader;
            _waiter = waiter;
            _projection = projection;
            _cancellationToken = cancellationToken;
            _linked = linked;
            _eighth = reader.Memory.Size / RingReader.PublishFraction;
        }

        private enum Phase
        {
            New,
            Reading,
            Ended,
        }

        public T Current => _current;

        public ValueTask<bool> MoveNextAsync()
        {
            if (_phase != Phase.Reading && !TryBegin())
            {
                return new ValueTask<bool>(false);
            }

            _cancellationToken.ThrowIfCancellationRequested();
            if (_unpublished >= RingReader.PublishRecords || _cursor.Position >= _publishAt)
            {
                Publish();
            }

            if (_reader.IsClosed && !MayDrain())
            {
                return new ValueTask<bool>(false);
            }

            return TryMove() ? new ValueTask<bool>(true) : WaitAndMoveAsync();
        }

        public ValueTask DisposeAsync()
        {
            if (_phase == Phase.Reading)
            {
                Publish();
                _reader.Leave();
            }

            _phase = Phase.Ended;
            _linked?.Dispose();
            return default;
        }

        private bool TryBegin()
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }

            _reader.Enter();
            _cursor = new RingCursor(_reader);
            _publishAt = _cursor.Position + _eighth;
            _phase = Phase.Reading;
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private unsafe bool TryMove()
        {
            if (!_cursor.TryRead(out byte* payload, out int length))
            {
                return false;
            }

            _unpublished++; // Before the projection: if it throws, its record counts as consumed.
            _current = _projection.Project(MemoryMarshal.CreateReadOnlySpan(ref *payload, length));
            return true;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> WaitAndMoveAsync()
        {
            do
            {
                if (_end != ulong.MaxValue)
                {
                    return false; // Draining, and what is left is not written to its end.
                }

                Publish();
                await _waiter.WaitAsync(_cursor.Position, announced: true, _cancellationToken).ConfigureAwait(false);
                if (_reader.IsClosed && !MayDrain())
                {
                    return false;
                }
            }
            while (!TryMove());

            return true;
        }

        /// <summary>After the ring was closed: reads on to the end of what was there then, if it is to.</summary>
        private bool MayDrain()
        {
            if (_end == ulong.MaxValue)
            {
                _end = _reader.DrainsOnClose ? _reader.Memory.ProducerPosition : 0;
            }

            return _cursor.Position < _end;
        }

        private void Publish()
        {
            _reader.Publish(_cursor.Position, _unpublished, _cursor.Discarded);
            _unpublished = 0;
            _cursor.Discarded = 0;
            _publishAt = _cursor.Position + _eighth;
        }
    }
}
