using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>Perf buffers whose oldest records make room for new ones.</summary>
public sealed class PerfOverwritingTests : KernelTest
{
    private static readonly BpfPerfBufferOptions Small = new() { BytesPerCpu = 4096, Overwrites = true };

    [SkippableFact]
    public void Available_is_what_a_reader_would_find()
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", Small);
        Assert.Equal(0, buffer.Available);
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 3));
        Assert.Equal(3 * 32, buffer.Available);
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 500));
        Assert.Equal(4096, buffer.Available);
        buffer.Consume((_, _) => { });
        Assert.Equal(0, buffer.Available);
    }

    [SkippableFact]
    public void What_a_limit_or_an_exception_leaves_unread_is_there_the_next_time()
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", Small);
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 6));
        var found = new List<ulong>();
        Assert.Equal(2, buffer.Consume((_, record) => found.Add(MemoryMarshal.Read<ulong>(record)), maxRecords: 2));
        Assert.Throws<FormatException>(() => buffer.Consume((_, record) =>
        {
            found.Add(MemoryMarshal.Read<ulong>(record));
            throw new FormatException();
        }));
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 2));
        Assert.Equal(5, buffer.Consume((_, record) => found.Add(MemoryMarshal.Read<ulong>(record))));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], found);
        Assert.Equal(8, buffer.ConsumedRecords);
    }

    [SkippableFact]
    public void What_is_lost_while_the_buffer_is_read_is_told_before_the_next_record()
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", Small);
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded));
        buffer.Consume((_, _) => OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 5)));
        OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 2));
        var log = new Log { Entries = [] };
        Assert.Equal(2, buffer.Consume(ref log));
        Assert.Equal(["lost 5", "6", "7"], log.Entries);
        Assert.Equal(5, buffer.LostRecords);
    }

    [SkippableFact]
    public async Task No_record_is_torn_although_a_program_was_writing_when_the_reading_began()
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { Overwrites = true });
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                PerfProducer.GiveZeros(loaded, count: 50_000);
            }
        });
        int torn = 0;
        int records = 0;
        for (long start = Environment.TickCount64; torn == 0 && Environment.TickCount64 - start < 1000;)
        {
            // Only in a ring that is full does the next record go where the oldest is.
            while (buffer.Available < 64 * 1024)
            {
                Thread.SpinWait(10);
            }

            records += buffer.Consume((_, record) => torn += record.ContainsAnyExcept((byte)0) ? 1 : 0);
        }

        await stop.CancelAsync();
        await writing;
        Assert.True(records > 0);
        Assert.True(torn == 0, $"{torn} of {records} records are torn");
    }

    private struct Log : IBpfPerfRecordHandler
    {
        public List<string> Entries;

        public readonly bool Handle(int cpu, ReadOnlySpan<byte> record)
        {
            Entries.Add($"{MemoryMarshal.Read<ulong>(record)}");
            return true;
        }

        public readonly void HandleLost(int cpu, long count) => Entries.Add($"lost {count}");
    }
}
