namespace EbpfNet;

/// <summary>What a <see cref="RecordWaiter"/> waits for. Looked at under its lock, while the reader is in the buffer's gate.</summary>
internal interface IWaitCondition
{
    /// <summary>See <see cref="WakeUpPolicy.Evaluate"/>.</summary>
    int Evaluate(ulong position, bool announced, long now, ref WakeUpPolicy.State state);
}

/// <summary>Enough records in a ring.</summary>
internal sealed class RingCondition(RingMemory memory, WakeUpPolicy policy) : IWaitCondition
{
    public int Evaluate(ulong position, bool announced, long now, ref WakeUpPolicy.State state) => policy.Evaluate(memory, position, announced, now, ref state);
}

/// <summary>When a reader that waits is woken: at once, or when enough has come together.</summary>
/// <param name="records">How many records are enough; 0 when only the time counts.</param>
/// <param name="delayMilliseconds">How long a record may lie; 0 for not at all.</param>
/// <param name="pollMilliseconds">How often to look without being told, for programs that submit without waking; 0 for never.</param>
internal sealed class WakeUpPolicy(int records, int delayMilliseconds, int pollMilliseconds)
{
    public const int Ready = 0;
    public const int WhenAnnounced = -1;

    private const int LongestPoll = 16;

    /// <param name="memory">The ring.</param>
    /// <param name="position">From where on records count.</param>
    /// <param name="announced">
    /// Whether the kernel announces the record at that position. It does so for the record at the consumer position only: not when records before it
    /// are being kept.
    /// </param>
    /// <param name="now">In milliseconds.</param>
    /// <param name="state">Of this wait; begins as the default.</param>
    /// <returns><see cref="Ready"/>, the milliseconds after which to ask again, or <see cref="WhenAnnounced"/>.</returns>
    public int Evaluate(in RingMemory memory, ulong position, bool announced, long now, ref State state)
    {
        if (!memory.IsReadyAt(position))
        {
            return announced ? (pollMilliseconds > 0 ? pollMilliseconds : WhenAnnounced) : Back(ref state);
        }

        if (delayMilliseconds == 0 || state.IsLastLook)
        {
            return Ready;
        }

        if (!state.HasSeen)
        {
            state.HasSeen = true;
            state.SeenAt = now;
        }

        long left = delayMilliseconds - (now - state.SeenAt);
        bool isEnough = left <= 0
            || (records > 0 && memory.CountReady(position, records) >= records)
            || memory.ProducerPosition - memory.ConsumerPosition >= memory.Size / 2;
        return isEnough ? Ready : (int)Math.Min(left, Math.Max(1, delayMilliseconds / 8));
    }

    private static int Back(ref State state) => state.Poll = Math.Clamp(state.Poll * 2, 1, LongestPoll);

    internal struct State
    {
        /// <summary>The kernel has announced something since the last look.</summary>
        public bool IsAnnounced;

        /// <summary>The wait ends with this look: few are better than none.</summary>
        public bool IsLastLook;
        public bool HasSeen;
        public long SeenAt;
        public int Poll;
    }
}
