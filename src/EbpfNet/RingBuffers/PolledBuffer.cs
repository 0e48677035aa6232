using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A buffer as one of several that a thread waits for and reads.</summary>
/// <param name="reader">Its reader.</param>
/// <param name="condition">When there is enough in it.</param>
internal abstract class PolledBuffer(RecordReader reader, IWaitCondition condition)
{
    // One buffer's producers must not keep the others waiting.
    private const int RecordsPerTurn = 4096;

    private WakeUpPolicy.State _state;

    public RecordReader Reader => reader;

    /// <summary>The descriptors that announce records.</summary>
    public abstract IEnumerable<BpfHandle> Files { get; }

    /// <summary>Changes when <see cref="Files"/> does.</summary>
    public virtual int Version => 0;

    protected virtual ulong Position => 0;

    /// <summary>A wait begins; the caller is in the reader's gate.</summary>
    public virtual void BeginWait() => _state = default;

    /// <summary>The kernel has announced something.</summary>
    public void Announce() => _state.IsAnnounced = true;

    /// <summary>See <see cref="WakeUpPolicy.Evaluate"/>; the caller is in the reader's gate.</summary>
    public int Evaluate(long now, bool isLastLook)
    {
        _state.IsLastLook = isLastLook;
        int next = condition.Evaluate(Position, announced: true, now, ref _state);
        _state.IsAnnounced = false;
        return next;
    }

    /// <summary>Gives the handler what is there, up to a turn's worth; the caller is in the reader's gate.</summary>
    /// <returns>How many records it got.</returns>
    public int Consume() => Consume(RecordsPerTurn);

    /// <summary>After the buffer was closed: gives the handler what is left, if that is still to be read.</summary>
    /// <returns>How many records it got.</returns>
    public int Drain() => reader.DrainsOnClose ? Consume(int.MaxValue) : 0;

    protected abstract int Consume(int maxRecords);
}

/// <summary>A ring buffer with its handler.</summary>
internal sealed class PolledRing<THandler>(RingReader reader, IWaitCondition condition, BpfHandle file, THandler handler) : PolledBuffer(reader, condition)
    where THandler : struct, IBpfRecordHandler
{
    private THandler _handler = handler;

    public override IEnumerable<BpfHandle> Files => [file];

    protected override ulong Position => reader.Memory.ConsumerPosition;

    protected override int Consume(int maxRecords) => reader.ConsumeInside(ref _handler, maxRecords);
}

/// <summary>A perf buffer with its handler.</summary>
internal sealed class PolledPerf<THandler>(PerfReader reader, IWaitCondition condition, PerfCpuSet cpus, RecordWaiter otherWaiter, THandler handler) : PolledBuffer(reader, condition)
    where THandler : struct, IBpfPerfRecordHandler
{
    private THandler _handler = handler;

    public override IEnumerable<BpfHandle> Files => cpus.Events;

    public override int Version => cpus.Version;

    public override void BeginWait()
    {
        base.BeginWait();
        otherWaiter.Unwatch(); // The kernel tells of a wake-up only once: not to two who watch.
        reader.RefreshIfRequested();
    }

    protected override int Consume(int maxRecords) => reader.ConsumeInside(ref _handler, maxRecords);
}
