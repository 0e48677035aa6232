using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.RingBuffers;

/// <summary>Random histories of a ring, read in each way, against a queue that says what has to come out.</summary>
public sealed class RingModelTests
{
    private const int Size = 1024;

    private static readonly Arbitrary<Step[]> Histories = Gen.Choose(1, 400)
        .SelectMany(count => Gen.ArrayOf(
            from kind in Gen.Frequency((6, Gen.Constant(StepKind.Reserve)), (4, Gen.Constant(StepKind.Submit)), (1, Gen.Constant(StepKind.Discard)), (3, Gen.Constant(StepKind.Consume)))
            from number in Gen.Choose(0, 150)
            select new Step(kind, number),
            count))
        .ToArbitrary();

    internal enum StepKind
    {
        Reserve,
        Submit,
        Discard,
        Consume,
    }

    [Fact]
    public void Consuming_by_handler_gives_what_the_model_says() =>
        Check(_ => new ByHandler());

    [Fact]
    public void Enumerating_gives_what_the_model_says() =>
        Check(ring => new ByEnumeration(ring));

    [Fact]
    public void A_pipe_gives_what_the_model_says_one_segment_for_each_record() =>
        Check(ring => new ByPipe(ring));

    private static void Check(Func<FakeRing, IStrategy> makeStrategy) =>
        Prop.ForAll(Histories, Gen.Choose(0, 300).Select(start => (ulong)start * 8).ToArbitrary(), (history, start) =>
        {
            using var ring = new FakeRing(Size, start);
            using IStrategy strategy = makeStrategy(ring);
            var model = new Model();
            foreach (Step step in history)
            {
                Run(ring, strategy, model, step);
            }

            // Everything that is still being written is submitted; then nothing may be left.
            foreach (Model.Record record in model.Busy)
            {
                ring.Commit(record.Position, record.Payload);
                record.State = Model.RecordState.Submitted;
            }

            Assert.Equal(model.Take(int.MaxValue, strategy.SkipsEmpty), strategy.Consume(ring, int.MaxValue));
            strategy.Finish();
            Assert.Equal(0UL, ring.Used);
            Assert.Equal(model.Discarded, ring.Reader.Discarded);
            Assert.Equal(model.Consumed, ring.Reader.Consumed);
        }).QuickCheckThrowOnFailure();

    private static void Run(FakeRing ring, IStrategy strategy, Model model, Step step)
    {
        List<Model.Record> busy = [.. model.Busy];
        switch (step.Kind)
        {
            case StepKind.Reserve when ring.TryReserve(step.Number) is { } position:
                model.Add(position, step.Number);
                break;
            case StepKind.Submit or StepKind.Discard when busy.Count > 0:
                Model.Record record = busy[step.Number % busy.Count];
                ring.Commit(record.Position, record.Payload, discard: step.Kind == StepKind.Discard);
                record.State = step.Kind == StepKind.Discard ? Model.RecordState.Discarded : Model.RecordState.Submitted;
                break;
            case StepKind.Consume:
                int max = 1 + (step.Number % 10);
                Assert.Equal(model.Take(max, strategy.SkipsEmpty), strategy.Consume(ring, max));
                break;
        }
    }

    internal readonly record struct Step(StepKind Kind, int Number);

    private interface IStrategy : IDisposable
    {
        /// <summary>Whether records without bytes do not appear.</summary>
        bool SkipsEmpty { get; }

        List<byte[]> Consume(FakeRing ring, int max);

        void Finish();
    }

    private sealed class Model
    {
        private readonly Queue<Record> _records = [];
        private byte _next;

        internal enum RecordState
        {
            Busy,
            Submitted,
            Discarded,
        }

        public int Discarded { get; private set; }

        public int Consumed { get; private set; }

        public IEnumerable<Record> Busy => _records.Where(record => record.State == RecordState.Busy);

        public void Add(ulong position, int length) => _records.Enqueue(new Record(position, [.. Enumerable.Range(0, length).Select(_ => _next++)]));

        public List<byte[]> Take(int max, bool skipsEmpty)
        {
            var taken = new List<byte[]>();
            while (_records.TryPeek(out Record? record) && record.State != RecordState.Busy && taken.Count < max)
            {
                _records.Dequeue();
                if (record.State == RecordState.Discarded)
                {
                    Discarded++;
                    continue;
                }

                Consumed++;
                if (record.Payload.Length != 0 || !skipsEmpty)
                {
                    taken.Add(record.Payload);
                }
            }

            return taken;
        }

        internal sealed record Record(ulong Position, byte[] Payload)
        {
            public RecordState State { get; set; }
        }
    }

    private sealed class ByHandler : IStrategy
    {
        public bool SkipsEmpty => false;

        public List<byte[]> Consume(FakeRing ring, int max) => ring.ConsumeAll(max);

        public void Finish()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class ByEnumeration(FakeRing ring) : IStrategy
    {
        private readonly IAsyncEnumerator<byte[]> _records = ring.Enumerate();
        private Task<bool>? _pending;

        public bool SkipsEmpty => false;

        public List<byte[]> Consume(FakeRing ring, int max)
        {
            var found = new List<byte[]>();
            while (found.Count < max)
            {
                // A step that waited on is the same step when it is looked at again.
                _pending ??= _records.MoveNextAsync().AsTask();
                if (!ring.Watch.LookUntilSettled(_pending))
                {
                    break;
                }

                Assert.True(_pending.Result);
                _pending = null;
                found.Add(_records.Current);
            }

            return found;
        }

        public void Finish()
        {
            ring.Reader.Close();
            ring.Waiter.Close();
            Assert.False((_pending ?? _records.MoveNextAsync().AsTask()).Result);
            Assert.True(_records.DisposeAsync().IsCompletedSuccessfully);
        }

        public void Dispose()
        {
        }
    }

    private sealed class ByPipe(FakeRing ring) : IStrategy
    {
        private readonly RingBufferPipeReader _pipe = ring.OpenPipe();

        public bool SkipsEmpty => true;

        public List<byte[]> Consume(FakeRing ring, int max)
        {
            var found = new List<byte[]>();
            while (found.Count < max && _pipe.TryRead(out ReadResult result))
            {
                SequencePosition consumed = result.Buffer.Start;
                SequencePosition position = consumed;
                while (found.Count < max && result.Buffer.TryGet(ref position, out ReadOnlyMemory<byte> segment))
                {
                    found.Add(segment.ToArray());
                    consumed = result.Buffer.GetPosition(segment.Length, consumed);
                }

                _pipe.AdvanceTo(consumed);
            }

            return found;
        }

        public void Finish() => _pipe.Complete();

        public void Dispose()
        {
        }
    }
}
