using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// An array of perf events whose counters programs read with <c>bpf_perf_event_read_value</c>: cycles, instructions, cache misses, time
/// (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>, Linux 4.3). For records that programs write with <c>bpf_perf_event_output</c> take <see cref="BpfPerfBuffer"/>.
/// </summary>
/// <remarks>
/// <para>
/// A program can read only a counter of the CPU that it runs on. With the counter of each CPU at the index of that CPU's number, as <see cref="SetAll"/> puts them in, it reads its own with
/// <c>BPF_F_CURRENT_CPU</c>. What it gets is <c>struct bpf_perf_event_value</c>: the count, and the nanoseconds that the counter was wanted and did run, which differ when there are
/// more events than hardware counters.
/// </para>
/// <para>
/// The kernel takes an event out again when the descriptor of the map that put it in is closed, unless the map was created with <see cref="BpfMapFlags.PreserveElements"/> (Linux 5.10): keep
/// <see cref="Map"/> open. The kernel does not tell user space what is in it. Members may be called from several threads.
/// </para>
/// </remarks>
public sealed unsafe class BpfPerfEventArray : IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfPerfEventArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfPerfEventArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfPerfEventArray), BpfMapType.PerfEventArray);
        Map = map;
        Length = checked((int)map.MaxEntries);
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included.</summary>
    public int Length { get; }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements; <see langword="null"/> for one for each CPU that this machine could ever have.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfPerfEventArray Create(string name, int? length = null, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create(BpfMapType.PerfEventArray, name, sizeof(int), sizeof(uint), length ?? PossibleCpus.Count, flags), owned: true);

    /// <summary>Opens a counter of a CPU and puts it in, in the place of what was there (<c>perf_event_open</c>, <c>BPF_MAP_UPDATE_ELEM</c>). It counts from now on, whatever runs on that CPU.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="counter">What is counted.</param>
    /// <param name="cpu">The CPU's number.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element, or no such CPU is running.</exception>
    /// <exception cref="BpfSyscallException">This machine does not count that, CAP_PERFMON is missing, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public void Set(int index, BpfPerfCounter counter, int cpu)
    {
        RequireIndex(index);
        if ((uint)cpu >= (uint)PossibleCpus.Count || !TrySet(index, counter, cpu))
        {
            throw new ArgumentOutOfRangeException(nameof(cpu), cpu, "There is no CPU of that number, or it is not running.");
        }
    }

    /// <summary>Puts a perf event in that was opened elsewhere, in the place of what was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="perfEvent">A descriptor of <c>perf_event_open</c>. It may be closed afterwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">It is no perf event, or one that programs cannot read.</exception>
    /// <exception cref="ObjectDisposedException">The map or the event was disposed.</exception>
    public void Set(int index, SafeHandle perfEvent)
    {
        RequireIndex(index);
        ArgumentNullException.ThrowIfNull(perfEvent);
        ReferenceElements.Set(Map, &index, perfEvent, "a perf event");
    }

    /// <summary>Opens a counter for each CPU that is running and puts it in at the index of the CPU's number: programs read their own with <c>BPF_F_CURRENT_CPU</c>.</summary>
    /// <param name="counter">What is counted.</param>
    /// <returns>How many CPUs are counted: those whose number is below <see cref="Length"/>.</returns>
    /// <exception cref="BpfSyscallException">This machine does not count that, CAP_PERFMON is missing, or the kernel refused. CPUs before the one that it is about are counted already.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public int SetAll(BpfPerfCounter counter)
    {
        int done = 0;
        int possible = Math.Min(Length, PossibleCpus.Count);
        for (int cpu = 0; cpu < possible; cpu++)
        {
            done += TrySet(cpu, counter, cpu) ? 1 : 0;
        }

        return done;
    }

    /// <summary>Takes the event at an index out (<c>BPF_MAP_DELETE_ELEM</c>). One that nothing else holds stops counting.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int index)
    {
        RequireIndex(index);
        return ReferenceElements.Remove(Map, &index);
    }

    /// <summary>Takes all events out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Closes the map if <see cref="Create"/> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    /// <returns>Whether the CPU is running.</returns>
    private bool TrySet(int index, BpfPerfCounter counter, int cpu)
    {
        using BpfHandle? opened = PerfEvent.OpenCounter(counter.Type, counter.Config, cpu, Map.ToString());
        if (opened is not null)
        {
            ReferenceElements.Set(Map, &index, opened, "a perf event");
        }

        return opened is not null;
    }

    private void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }
    }
}
