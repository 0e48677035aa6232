namespace EbpfNet;

/// <summary>Enough records on one CPU, or any, and time has gone by.</summary>
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
            if (bytes > 0 ? ring.Available >= (ulong)bytes : records <= 1 || ring.CountReady(records) >= records)
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
}
