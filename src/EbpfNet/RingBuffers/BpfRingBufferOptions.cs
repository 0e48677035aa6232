namespace EbpfNet;

/// <summary>How a <see cref="BpfRingBuffer"/> is read.</summary>
public sealed class BpfRingBufferOptions
{
    /// <summary>
    /// How long records may lie in the buffer before a waiting reader is woken. Zero, the default, wakes it for the first one. A longer time saves wake-ups
    /// when records come often; it is kept to the millisecond, and cut short when <see cref="WakeUpRecords"/> are there or half of the buffer is full.
    /// </summary>
    public TimeSpan WakeUpDelay { get; init; }

    /// <summary>
    /// How many records wake a waiting reader before <see cref="WakeUpDelay"/> is over; <see langword="null"/>, the default, for none. The kernel announces
    /// the first record only, so that the others are looked for every eighth of the delay, and at most every millisecond.
    /// </summary>
    public int? WakeUpRecords { get; init; }

    /// <summary>
    /// How often a waiting reader looks for records that the kernel did not announce, because the program submits them with <c>BPF_RB_NO_WAKEUP</c>; zero,
    /// the default, for never.
    /// </summary>
    public TimeSpan PollInterval { get; init; }

    /// <summary>
    /// Whether a reader that is at work when the buffer is disposed still gets the records that are there at that moment. By default it ends after the
    /// record that it is at. <c>Wait</c> and <c>WaitAsync</c> read nothing: they end at once in either case.
    /// </summary>
    public bool DrainOnDispose { get; init; }

    /// <summary>
    /// Whether <see cref="BpfRingBuffer.ReadAllAsync{T}(CancellationToken)"/> takes the first bytes of records that are longer than its type, so that a
    /// newer program may add fields at the end. By default such a record is an error, as a shorter one always is.
    /// </summary>
    public bool AllowLongerRecords { get; init; }

    /// <summary>
    /// The map in which the program counts the records that found no room: an array of one 8-byte number, as <c>EBPFNET_RINGBUF</c> of
    /// <c>ebpfnet_ringbuf.h</c> defines it under the buffer's name with <c>_lost</c> behind it. The map stays its owner's.
    /// </summary>
    public BpfMap? LostCounter { get; init; }

    internal WakeUpPolicy ToPolicy()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(WakeUpDelay, TimeSpan.Zero, nameof(WakeUpDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(PollInterval, TimeSpan.Zero, nameof(PollInterval));
        if (WakeUpRecords is { } records)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(records, nameof(WakeUpRecords));
            if (WakeUpDelay == TimeSpan.Zero && records > 1)
            {
                throw new ArgumentException($"{nameof(WakeUpRecords)} needs a {nameof(WakeUpDelay)}: without one, fewer records would never be delivered.", nameof(WakeUpRecords));
            }
        }

        return new WakeUpPolicy(WakeUpRecords ?? 0, ToMilliseconds(WakeUpDelay), ToMilliseconds(PollInterval));
    }

    /// <summary>Rounded up: a short time is not none.</summary>
    private static int ToMilliseconds(TimeSpan time) => (int)Math.Min(int.MaxValue, Math.Ceiling(time.TotalMilliseconds));
}
