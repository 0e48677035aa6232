namespace EbpfNet;

/// <summary>Enough records on one CPU; or any, and the kernel has announced them, or time has gone by.</summary>
/// <remarks>
/// The kernel counts on its own, from announcement to announcement: it knows nothing of what was read, and announces a ring that is half full whatever it was asked
/// for. Its next word may come long after there is enough, or never, so that each one counts.
/// </remarks>
/// <param name="reader">The rings.</param>
/// <param name="records">How many records of a CPU are enough; 1 for any.</param>
/// <param name="bytes">How many bytes of a CPU are enough; 0 when records count.</param>
/// <param name="pollMilliseconds">How long fewer may lie; 0 for as long as the kernel announces nothing.</param>
internal sealed class PerfCondition(PerfReader reader, int records, int bytes, int pollMilliseconds) : IWaitCondition
{
    public int Evaluate(ulong position, bool announced, long now, ref WakeUpPolicy.State state)
    {
        if (reader.IsRefreshRequested)
        {
            return WakeUpPolicy.Ready; // For the reader to do that, and to wait again.
        }

        bool hasSome = false;
        foreach (PerfRing ring in reader.Rings)
        {
            if (!ring.HasMore)
            {
                continue;
            }

            hasSome = true;
            if (state.IsAnnounced || state.IsLastLook || IsEnough(ring))
            {
                return WakeUpPolicy.Ready;
            }
        }

        if (pollMilliseconds == 0)
        {
            return WakeUpPolicy.WhenAnnounced;
        }

        if (!hasSome)
        {
            return pollMilliseconds;
        }

        if (!state.HasSeen)
        {
            state.HasSeen = true;
            state.SeenAt = now;
        }

        return (int)Math.Max(WakeUpPolicy.Ready, pollMilliseconds - (now - state.SeenAt));
    }

    /// <summary>As many as asked for, or so many that the ring may be full before the kernel announces more: it may just have done so, when nobody listened.</summary>
    private bool IsEnough(PerfRing ring) =>
        (bytes > 0 ? ring.Available >= (ulong)bytes : records <= 1 || ring.CountReady(records) >= records) || ring.Available >= ring.Size / 4;
}
