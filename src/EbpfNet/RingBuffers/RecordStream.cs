using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>A reader's place in a buffer, for <see cref="RecordStream{T, TSource, TProjection}"/>. A struct, so that its calls are direct.</summary>
internal interface IRecordSource
{
    RecordReader Reader { get; }

    /// <summary>Where the next record is, for those whose wait depends on it.</summary>
    ulong Position { get; }

    /// <summary>The reader has entered the gate.</summary>
    void Begin();

    /// <summary>The next record, if there is one. What the last call returned is valid until then.</summary>
    bool TryRead(out ReadOnlySpan<byte> record);

    /// <summary>Gives back the space of what was read, if it is time.</summary>
    void PublishIfDue();

    /// <summary>Gives back the space of all that was read.</summary>
    void Publish();

    /// <summary>There is nothing more to read: gives back the space of all that was read, and does what may be done only now.</summary>
    void PrepareToWait();

    /// <summary>After the buffer was closed: whether there is more of what was there then, if that is still to be read.</summary>
    bool MayDrain();
}

/// <summary>A buffer's records as an asynchronous sequence; each enumeration is a reader of the buffer, from its first step to its end.</summary>
internal sealed class RecordStream<T, TSource, TProjection>(TSource source, RecordWaiter waiter, TProjection projection, CancellationToken cancellationToken) : IAsyncEnumerable<T>
    where TSource : struct, IRecordSource
    where TProjection : struct, IRecordProjection<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken enumerationToken = default)
    {
        if (!enumerationToken.CanBeCanceled || enumerationToken == cancellationToken)
        {
            return new Enumerator(source, waiter, projection, linked: null, cancellationToken);
        }

        if (!cancellationToken.CanBeCanceled)
        {
            return new Enumerator(source, waiter, projection, linked: null, enumerationToken);
        }

        var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumerationToken);
        return new Enumerator(source, waiter, projection, linked, linked.Token);
    }

    private sealed class Enumerator : IAsyncEnumerator<T>
    {
        private readonly RecordReader _reader;
        private readonly RecordWaiter _waiter;
        private readonly TProjection _projection;
        private readonly CancellationToken _cancellationToken;
        private readonly CancellationTokenSource? _linked;
        private TSource _source;
        private bool _isDraining;

        /// <summary>A <see cref="Phase"/>. A wait that is under way and whoever ends the enumeration meanwhile agree by it on who leaves the gate.</summary>
        private int _phase;
        private T _current = default!;

        public Enumerator(TSource source, RecordWaiter waiter, TProjection projection, CancellationTokenSource? linked, CancellationToken cancellationToken)
        {
            _source = source;
            _reader = source.Reader;
            _waiter = waiter;
            _projection = projection;
            _linked = linked;
            _cancellationToken = cancellationToken;
        }

        private static class Phase
        {
            public const int New = 0;
            public const int Reading = 1;
            public const int Waiting = 2;
            public const int Ended = 3;
        }

        public T Current => _current;

        public ValueTask<bool> MoveNextAsync()
        {
            if (_phase != Phase.Reading && !TryBegin())
            {
                return new ValueTask<bool>(false);
            }

            _cancellationToken.ThrowIfCancellationRequested();
            _source.PublishIfDue();
            if (_reader.IsClosed && !MayDrain())
            {
                return new ValueTask<bool>(false);
            }

            return TryMove() ? new ValueTask<bool>(true) : WaitAndMoveAsync();
        }

        public ValueTask DisposeAsync()
        {
            switch (Interlocked.Exchange(ref _phase, Phase.Ended))
            {
                case Phase.Reading:
                    Leave();
                    break;
                case Phase.Waiting:
                    _waiter.Interrupt(); // The wait leaves when it has ended: until then the memory is looked at.
                    break;
            }

            _linked?.Dispose();
            return default;
        }

        private bool TryBegin()
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }

            if (_phase == Phase.Waiting)
            {
                throw new InvalidOperationException($"The enumeration of the {_reader} is at a step already: await that one before the next.");
            }

            _reader.Enter();
            ref TSource source = ref _source; // In place: it is a struct that changes.
            source.Begin();
            _phase = Phase.Reading;
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private bool TryMove()
        {
            if (!_source.TryRead(out ReadOnlySpan<byte> record))
            {
                return false;
            }

            _current = _projection.Project(record);
            return true;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> WaitAndMoveAsync()
        {
            if (Interlocked.CompareExchange(ref _phase, Phase.Waiting, Phase.Reading) != Phase.Reading)
            {
                return false;
            }

            try
            {
                do
                {
                    if (_isDraining)
                    {
                        return false; // What is left is not written to its end.
                    }

                    _source.PrepareToWait();
                    await _waiter.WaitAsync(_source.Position, announced: true, _cancellationToken).ConfigureAwait(false);
                    if (Volatile.Read(ref _phase) == Phase.Ended || (_reader.IsClosed && !MayDrain()))
                    {
                        return false;
                    }
                }
                while (!TryMove());

                return true;
            }
            finally
            {
                if (Interlocked.CompareExchange(ref _phase, Phase.Reading, Phase.Waiting) == Phase.Ended)
                {
                    Leave();
                }
            }
        }

        private void Leave()
        {
            _source.Publish();
            _reader.Leave();
        }

        private bool MayDrain()
        {
            _isDraining = true;
            return _source.MayDrain();
        }
    }
}
