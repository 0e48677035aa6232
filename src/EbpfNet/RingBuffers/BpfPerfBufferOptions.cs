namespace EbpfNet;

/// <summary>How a <see cref="BpfPerfBuffer"/> is made and read.</summary>
public sealed class BpfPerfBufferOptions
{
    /// <summary>The size of each CPU's ring in bytes: a power of two, and at least a page. 64 KiB when not set.</summary>
    public int BytesPerCpu { get; init; } = 64 * 1024;

    /// <summary>
    /// Of how many records on one CPU the kernel wakes the reader (<c>wakeup_events</c>); 1 when not set. A wake-up costs the program microseconds, so that
    /// streams with many records want more. Fewer are not announced: see <see cref="PollInterval"/>. The kernel counts without regard to what was read already, so that
    /// the reader may find fewer; and it always wakes for half a ring.
    /// </summary>
    public int WakeUpRecords { get; init; } = 1;

    /// <summary>
    /// At more than how many bytes on one CPU, at most half of the ring, the kernel wakes the reader instead (<c>wakeup_watermark</c>); <see langword="null"/>, the default,
    /// to go by records.
    /// </summary>
    public int? WakeUpBytes { get; init; }

    /// <summary>
    /// How long records that are too few to be announced may lie before a waiting reader gets them; zero, the default, for as long as it takes. It is kept to the
    /// millisecond. A reader that does not wait gets them at any time.
    /// </summary>
    public TimeSpan PollInterval { get; init; }

    /// <summary>
    /// Whether new records overwrite the oldest (a flight recorder) instead of being lost. Such a buffer is read when there is a reason to, with <c>Consume</c>; it cannot be
    /// waited for. Linux 4.7.
    /// </summary>
    /// <remarks>
    /// So that no record is overwritten while it is read, <c>Consume</c> first pauses the rings that hold something and waits until no program is writing: once for all CPUs, and for
    /// milliseconds, or some tenths of one on newer kernels (6 to 8 ms were measured on Linux 6.18, 0.2 on 7.2). What programs give to a CPU's ring until it has been read is lost, and counted. Where there is nothing to
    /// be read nothing is paused.
    /// </remarks>
    public bool Overwrites { get; init; }

    /// <summary>
    /// Whether a reader that is at work when the buffer is disposed still gets the records that are there at that moment. By default it ends after the
    /// record that it is at. <c>Wait</c> and <c>WaitAsync</c> read nothing: they end at once in either case.
    /// </summary>
    public bool DrainOnDispose { get; init; }

    /// <summary>
    /// Whether <see cref="BpfPerfBuffer.ReadAllAsync{T}(CancellationToken)"/> takes the first bytes of records that are longer than its type by more than
    /// the kernel's rounding. By default such a record is an error, as a shorter one always is.
    /// </summary>
    public bool AllowLongerRecords { get; init; }

    internal void Validate(long pageSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WakeUpRecords);
        ArgumentOutOfRangeException.ThrowIfLessThan(PollInterval, TimeSpan.Zero);
        if (WakeUpBytes is { } bytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(WakeUpBytes));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, BytesPerCpu / 2, nameof(WakeUpBytes));
        }

        if (BytesPerCpu < pageSize || !int.IsPow2(BytesPerCpu))
        {
            throw new ArgumentException($"{nameof(BytesPerCpu)} is {BytesPerCpu}; the size of a CPU's ring has to be a power of two and at least a page ({pageSize} bytes).");
        }
    }
}
