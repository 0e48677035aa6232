using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The descriptors of all CPUs, waited for as one.</summary>
internal sealed class PerfWatch(IReadOnlyList<IEventWatch> watches) : IEventWatch
{
    public void Begin(IEventSource source, int milliseconds)
    {
        for (int i = 0; i < watches.Count; i++)
        {
            watches[i].Begin(source, i == 0 ? milliseconds : -1); // One of them is enough to look at the time.
        }
    }

    public void End()
    {
        foreach (IEventWatch watch in watches)
        {
            watch.End();
        }
    }

    public void Dispose()
    {
        foreach (IEventWatch watch in watches)
        {
            watch.Dispose();
        }
    }
}
