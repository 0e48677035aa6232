using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>One CPU's event, with its ring mapped, in its place in the map.</summary>
internal sealed unsafe class PerfCpu : IDisposable
{
    // Of struct perf_event_mmap_page; the data begins with the next page.
    private const int HeadOffset = 1024;
    private const int TailOffset = 1032;

    /// <summary>Whose ring was put into a map last, so that one that goes does not take another's out.</summary>
    private static readonly Dictionary<(uint Map, int Cpu), object> Latest = [];

    private readonly object _self = new(); // Known for as long as the process runs, should nobody dispose this.
    private readonly uint _mapId;
    private readonly BpfHandle _map;
    private readonly MemoryMapping _memory;

    private PerfCpu(uint mapId, BpfHandle map, BpfHandle perfEvent, MemoryMapping memory, PerfRing ring)
    {
        _mapId = mapId;
        _map = map;
        Event = perfEvent;
        _memory = memory;
        Ring = ring;
    }

    public BpfHandle Event { get; }

    public PerfRing Ring { get; }

    /// <returns><see langword="null"/> when the CPU does not run.</returns>
    public static PerfCpu? Open(int cpu, BpfMap map, BpfHandle mapFile, BpfPerfBufferOptions options, PerfReader reader)
    {
        uint wakeUp = (uint)(options.WakeUpBytes ?? options.WakeUpRecords);
        BpfHandle? perfEvent = PerfEvent.Open(cpu, wakeUp, options.WakeUpBytes is not null, options.Overwrites, map.ToString());
        if (perfEvent is null)
        {
            return null;
        }

        MemoryMapping? memory = null;
        try
        {
            nuint page = MemoryMapping.PageSize;
            memory = MemoryMapping.Map(perfEvent, page + (nuint)options.BytesPerCpu, writable: !options.Overwrites, $"the records of CPU {cpu} for {map}");
            using MemoryMapping.Lease lease = memory.Acquire();
            var data = new PerfMemory((ulong*)(lease.Address + HeadOffset), (ulong*)(lease.Address + TailOffset), lease.Address + page, (ulong)options.BytesPerCpu);
            PerfEvent.Start(perfEvent, map.ToString());
            var made = new PerfCpu(map.Id, mapFile, perfEvent, memory, new PerfRing(cpu, data, reader, options.Overwrites));
            made.PutInto(map);
            return made;
        }
        catch
        {
            memory?.Dispose();
            perfEvent.Dispose();
            throw;
        }
    }

    /// <summary>For anybody at any time.</summary>
    /// <exception cref="ObjectDisposedException">The memory is no longer mapped.</exception>
    public long ReadAvailable()
    {
        using MemoryMapping.Lease memory = _memory.Acquire();
        return (long)Ring.Available;
    }

    public void Dispose()
    {
        int cpu = Ring.Cpu;
        lock (Latest)
        {
            if (Latest.TryGetValue((_mapId, cpu), out object? latest) && latest == _self)
            {
                Latest.Remove((_mapId, cpu));
                _ = MapElements.Delete(_map, &cpu); // Gone already if another process has taken the place and left.
            }
        }

        Ring.ReturnScratch();
        _memory.Dispose();
        Event.Dispose();
    }

    private void PutInto(BpfMap map)
    {
        int cpu = Ring.Cpu;
        using BpfHandle.Lease fd = Event.Acquire();
        int value = fd.Fd;
        lock (Latest)
        {
            int result = MapElements.Update(_map, &cpu, &value, 0);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(map, result);
            }

            Latest[(_mapId, cpu)] = _self;
        }
    }
}
