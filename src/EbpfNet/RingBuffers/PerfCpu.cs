using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>One CPU's event, with its ring mapped, in its place in the map.</summary>
internal sealed unsafe class PerfCpu : IDisposable
{
    // Of struct perf_event_mmap_page; the data begins with the next page.
    private const int HeadOffset = 1024;
    private const int TailOffset = 1032;

    private readonly BpfHandle _map;
    private readonly MemoryMapping _memory;

    private PerfCpu(BpfHandle map, BpfHandle perfEvent, MemoryMapping memory, PerfRing ring)
    {
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
            using BpfHandle.Lease fd = perfEvent.Acquire();
            int value = fd.Fd;
            int result = MapElements.Update(mapFile, &cpu, &value, 0);
            if (result < 0)
            {
                MapErrors.ThrowUpdate(map, result);
            }

            return new PerfCpu(mapFile, perfEvent, memory, new PerfRing(cpu, data, reader));
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
        _ = MapElements.Delete(_map, &cpu); // Gone already if somebody else has taken the place and left.
        Ring.ReturnScratch();
        _memory.Dispose();
        Event.Dispose();
    }
}
