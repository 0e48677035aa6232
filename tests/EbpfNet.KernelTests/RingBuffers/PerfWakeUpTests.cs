using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>When the kernel wakes the reader of a perf buffer: by counts of its own, which know nothing of what was read already.</summary>
public sealed class PerfWakeUpTests : KernelTest
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_ring_too_small_for_the_records_asked_for_is_read_when_the_kernel_says_so(bool onThisThread)
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { BytesPerCpu = 4096, WakeUpRecords = 1000 });
        for (int round = 0; round < 3; round++)
        {
            Task<bool> waiting = Start(buffer, onThisThread);
            OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: 200));
            Assert.True(await waiting.WaitAsync(Patience));
            Assert.True(buffer.Consume((_, _) => { }) > 0);
        }
    }

    [SkippableTheory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task So_many_records_never_lie_unannounced_whenever_the_last_ones_were_read(bool onThisThread, bool byBytes)
    {
        using BpfObject loaded = PerfProducer.Load();
        var options = byBytes ? new BpfPerfBufferOptions { WakeUpBytes = 96 } : new BpfPerfBufferOptions { WakeUpRecords = 3 };
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", options);
        for (int before = 0; before < 4; before++)
        {
            OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded, count: before));
            buffer.Consume((_, _) => { });
            Task<bool> waiting = Start(buffer, onThisThread);
            for (int i = 0; i < (byBytes ? 4 : 3); i++)
            {
                await Task.Delay(5);
                OnCpu.Run(buffer.Cpus[0], () => PerfProducer.Give(loaded));
            }

            Assert.True(await waiting.WaitAsync(Patience));
            buffer.Consume((_, _) => { });
        }
    }

    [SkippableFact]
    public void A_wait_whose_time_is_up_tells_of_fewer_records_too()
    {
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { WakeUpRecords = 100 });
        using var poller = new BpfEventPoller();
        poller.Add(buffer, (_, _) => { });
        Assert.False(buffer.Wait(TimeSpan.FromMilliseconds(1)));
        PerfProducer.Give(loaded);
        Assert.True(buffer.Wait(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(1, poller.Poll(TimeSpan.Zero));
    }

    private static Task<bool> Start(BpfPerfBuffer buffer, bool onThisThread) =>
        onThisThread ? Task.Factory.StartNew(() => buffer.Wait(Timeout.InfiniteTimeSpan), TaskCreationOptions.LongRunning) : buffer.WaitAsync().AsTask();
}
