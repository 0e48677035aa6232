using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>What a poller does when its buffers change or end while it waits for them.</summary>
public sealed class EventPollerEndingTests : KernelTest
{
    [SkippableFact]
    public async Task Cpus_that_come_while_a_poller_waits_are_followed()
    {
        using BpfObject loaded = PerfProducer.Load();
        IReadOnlyList<int> online = Kernel.OnlineCpus.Read()!;
        Skip.If(online.Count < 2, "One CPU only.");
        IReadOnlyList<int> running = [online[0]];
        using var buffer = new BpfPerfBuffer(loaded.Maps["events"], null, () => Volatile.Read(ref running));
        using var poller = new BpfEventPoller();
        using var got = new SemaphoreSlim(0);
        poller.Add(buffer, (_, _) => got.Release());
        Task polling = Task.Factory.StartNew(() => poller.Run(CancellationToken.None), TaskCreationOptions.LongRunning);
        OnCpu.Run(online[0], () => PerfProducer.Give(loaded));
        Assert.True(await got.WaitAsync(Patience));
        await Task.Delay(20);

        Volatile.Write(ref running, online);
        buffer.RefreshCpus();
        await WaitUntil(() => buffer.Cpus.Count == online.Count);
        await Task.Delay(20);
        OnCpu.Run(online[1], () => PerfProducer.Give(loaded));
        Assert.True(await got.WaitAsync(Patience));
        poller.Dispose();
        await polling.WaitAsync(Patience);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Buffers_that_drain_give_the_poller_what_is_there_when_they_are_disposed(bool runs)
    {
        using var producer = new RingProducer();
        BpfRingBuffer ring = producer.Open(new BpfRingBufferOptions { WakeUpDelay = TimeSpan.FromMinutes(10), DrainOnDispose = true });
        using BpfObject loaded = PerfProducer.Load();
        BpfPerfBuffer perf = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { WakeUpRecords = 1000, DrainOnDispose = true });
        using var poller = new BpfEventPoller();
        int records = 0;
        int polled = 0;
        poller.Add(ring, _ => records++);
        poller.Add(perf, (_, _) => records++);
        Task polling = Task.Factory.StartNew(Poll, TaskCreationOptions.LongRunning);
        await IsRead();
        producer.Make("fixed", 5);
        PerfProducer.Give(loaded, count: 3);
        ring.Dispose();
        await WaitUntil(() => polling.IsCompleted || (runs ? Volatile.Read(ref records) : Volatile.Read(ref polled)) == 8);
        await IsRead();
        PerfProducer.Give(loaded, count: 2);
        perf.Dispose();
        await polling.WaitAsync(Patience);
        Assert.Equal(10, records);

        Task IsRead() => WaitUntilIsRead(polling, () => perf.Consume((_, _) => { }, 1));

        void Poll()
        {
            if (runs)
            {
                ReadWhenFree(() => poller.Run(CancellationToken.None));
                return;
            }

            Assert.Equal(8, ReadWhenFree(() => poller.Poll(Timeout.InfiniteTimeSpan)));
            Volatile.Write(ref polled, 8);
            Assert.Equal(2, ReadWhenFree(() => poller.Poll(Timeout.InfiniteTimeSpan)));
            Assert.Equal(0, poller.Poll(Timeout.InfiniteTimeSpan));
        }
    }

    [SkippableFact]
    public async Task More_than_a_turns_records_of_a_buffer_that_drains_come_all()
    {
        const int Many = 10_000;
        using var producer = new RingProducer(1 << 20);
        BpfRingBuffer ring = producer.Open(new BpfRingBufferOptions { DrainOnDispose = true });
        using var poller = new BpfEventPoller();
        using var begun = new ManualResetEventSlim();
        using var disposed = new ManualResetEventSlim();
        int records = 0;
        producer.Make("fixed", Many);
        poller.Add(ring, _ =>
        {
            records++;
            begun.Set();
            disposed.Wait();
        });
        Task polling = Task.Factory.StartNew(() => poller.Run(CancellationToken.None), TaskCreationOptions.LongRunning);
        Assert.True(begun.Wait(Patience));
        ring.Dispose();
        disposed.Set();
        await polling.WaitAsync(Patience);
        Assert.Equal(Many, records);
    }

    [SkippableFact]
    public async Task A_handler_is_the_only_reader_until_the_loop_ends()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        using var poller = new BpfEventPoller();
        int records = 0;
        poller.Add(ring, _ => Interlocked.Increment(ref records));
        Task polling = Task.Factory.StartNew(() => poller.Run(CancellationToken.None), TaskCreationOptions.LongRunning);
        producer.Make("fixed");
        await WaitUntil(() => polling.IsCompleted || Volatile.Read(ref records) == 1);
        int intrusions = 0;
        for (int i = 0; i < 2000 && !polling.IsCompleted; i++)
        {
            producer.Make("fixed");
            intrusions += Record.Exception(() => ring.Consume(_ => { }, 1)) is null ? 1 : 0;
        }

        poller.Dispose();
        await polling.WaitAsync(Patience);
        Assert.Equal(0, intrusions);
    }

    [SkippableFact]
    public void A_delay_longer_than_each_wait_delays_no_record_for_ever()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open(new BpfRingBufferOptions { WakeUpDelay = TimeSpan.FromMinutes(10) });
        using var poller = new BpfEventPoller();
        poller.Add(ring, _ => { });
        Assert.False(ring.Wait(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(0, poller.Poll(TimeSpan.FromMilliseconds(1)));
        producer.Make("fixed", 2);
        Assert.True(ring.Wait(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(2, poller.Poll(TimeSpan.FromMilliseconds(1)));
    }
}
