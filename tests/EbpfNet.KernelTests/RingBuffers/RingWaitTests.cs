using System.Diagnostics;
using EbpfNet.Kernel;
using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class RingWaitTests : KernelTest
{
    private const int NoWakeUp = 1; // BPF_RB_NO_WAKEUP

    [SkippableFact]
    public async Task Waiting_ends_when_a_record_is_submitted()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        for (int i = 0; i < 3; i++)
        {
            ValueTask<bool> wait = ring.WaitAsync();
            Assert.False(wait.IsCompleted);
            producer.Make("fixed");
            Assert.True(await wait.AsTask().WaitAsync(Patience));
            Assert.Equal(1, ring.Consume(_ => { }));
        }
    }

    [SkippableFact]
    public void Waiting_on_this_thread_ends_when_a_record_is_submitted_or_the_time_is_up()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        Assert.False(ring.Wait(TimeSpan.Zero));
        long start = Stopwatch.GetTimestamp();
        Assert.False(ring.Wait(TimeSpan.FromMilliseconds(30)));
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(29));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Wait(TimeSpan.FromSeconds(-5)));

        for (int i = 0; i < 3; i++)
        {
            var making = Task.Run(async () =>
            {
                await Task.Delay(20);
                producer.Make("fixed");
            });
            Assert.True(ring.Wait(Timeout.InfiniteTimeSpan));
            Assert.Equal(1, ring.Consume(_ => { }));
            making.Wait();
        }
    }

    [SkippableFact]
    public async Task Waiting_ends_on_cancellation_and_on_dispose_on_either_kind_of_thread()
    {
        using var producer = new RingProducer();
        BpfRingBuffer ring = producer.Open();
        using (var cancellation = new CancellationTokenSource())
        {
            Task<bool> here = Task.Run(() => ReadWhenFree(() => ring.Wait(Timeout.InfiniteTimeSpan, cancellation.Token)));
            await WaitUntilIsRead(here, () => ring.Consume(_ => { }));
            Assert.False(here.IsCompleted);
            await cancellation.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => here.WaitAsync(Patience));
        }

        using (var cancellation = new CancellationTokenSource())
        {
            ValueTask<bool> wait = ring.WaitAsync(cancellation.Token);
            Assert.Throws<InvalidOperationException>(() => { _ = ring.WaitAsync(); });
            await cancellation.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => wait.AsTask().WaitAsync(Patience));
        }

        Task<bool> blocked = Task.Run(() => ReadWhenFree(() => ring.Wait(Timeout.InfiniteTimeSpan)));
        await WaitUntilIsRead(blocked, () => ring.Consume(_ => { }));
        ring.Dispose();
        Assert.False(await blocked.WaitAsync(Patience));

        ring = producer.Open();
        ValueTask<bool> asynchronous = ring.WaitAsync();
        ring.Dispose();
        Assert.False(await asynchronous.AsTask().WaitAsync(Patience));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_that_is_being_written_is_waited_for_without_spinning(bool onThisThread)
    {
        using var producer = new RingProducer(withSlow: true);
        using BpfRingBuffer ring = producer.Open();
        for (int i = 0; i < 5; i++)
        {
            Task making = Task.Run(() => producer.Make("slow"));
            while (ring.Available == 0)
            {
                Thread.Yield();
            }

            Assert.True(onThisThread ? ring.Wait(Patience) : await ring.WaitAsync().AsTask().WaitAsync(Patience));
            Assert.Equal(1, ring.Consume(_ => { }));
            await making;
        }
    }

    [SkippableFact]
    public async Task Records_submitted_without_a_wake_up_are_found_by_polling()
    {
        using var producer = new RingProducer();
        producer[0] = new RingProducer.State { Flags = NoWakeUp };
        using (BpfRingBuffer silent = producer.Open())
        {
            ValueTask<bool> wait = silent.WaitAsync();
            producer.Make("fixed");
            await Task.Delay(50);
            Assert.False(wait.IsCompleted);
            silent.Dispose();
            Assert.False(await wait);
        }

        using BpfRingBuffer polled = producer.Open(new BpfRingBufferOptions { PollInterval = TimeSpan.FromMilliseconds(10) });
        Assert.Equal(1, polled.Consume(_ => { }));
        ValueTask<bool> polling = polled.WaitAsync();
        producer.Make("fixed");
        Assert.True(await polling.AsTask().WaitAsync(Patience));
        Assert.Equal(1, polled.Consume(_ => { }));
        Task making = Task.Run(() => producer.Make("fixed"));
        Assert.True(polled.Wait(Patience));
        await making;
    }

    [SkippableFact]
    public async Task A_delay_gathers_records_and_enough_of_them_cut_it_short()
    {
        using var producer = new RingProducer();
        using (BpfRingBuffer delayed = producer.Open(new BpfRingBufferOptions { WakeUpDelay = TimeSpan.FromMilliseconds(60) }))
        {
            long start = Stopwatch.GetTimestamp();
            ValueTask<bool> wait = delayed.WaitAsync();
            producer.Make("fixed", 2);
            Assert.True(await wait.AsTask().WaitAsync(Patience));
            Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(50));
            Assert.Equal(2, delayed.Consume(_ => { }));
        }

        using BpfRingBuffer counted = producer.Open(new BpfRingBufferOptions { WakeUpDelay = TimeSpan.FromSeconds(8), WakeUpRecords = 3 });
        ValueTask<bool> counting = counted.WaitAsync();
        producer.Make("fixed", 2);
        await Task.Delay(30);
        Assert.False(counting.IsCompleted);
        producer.Make("fixed");
        Assert.True(await counting.AsTask().WaitAsync(TimeSpan.FromSeconds(6)));
    }

    [SkippableFact]
    public async Task Many_readers_share_one_thread_which_is_gone_when_nobody_waits()
    {
        var producers = new List<RingProducer>();
        try
        {
            for (int i = 0; i < 8; i++)
            {
                producers.Add(new RingProducer(4096));
            }

            BpfRingBuffer[] rings = [.. producers.Select(producer => producer.Open())];
            for (int round = 0; round < 3; round++)
            {
                Task<bool>[] waits = [.. rings.Select(ring => ring.WaitAsync().AsTask())];
                Assert.True(EventLoop.Shared.IsRunning);
                await WaitUntil(() => CountLoopThreads() == 1); // the one before it may still be leaving
                producers.ForEach(producer => producer.Make("fixed"));
                Assert.All(await Task.WhenAll(waits).WaitAsync(Patience), Assert.True);
                Assert.All(rings, ring => Assert.Equal(1, ring.Consume(_ => { })));
            }

            DateTime end = DateTime.UtcNow + Patience;
            while ((EventLoop.Shared.IsRunning || CountLoopThreads() > 0) && DateTime.UtcNow < end)
            {
                await Task.Delay(20);
            }

            Assert.False(EventLoop.Shared.IsRunning);
            Assert.Equal(0, CountLoopThreads());
            ValueTask<bool> again = rings[0].WaitAsync();
            producers[0].Make("fixed");
            Assert.True(await again.AsTask().WaitAsync(Patience));
        }
        finally
        {
            producers.ForEach(producer => producer.Dispose());
        }
    }

    [SkippableFact]
    public async Task Rings_that_are_read_without_waiting_do_not_disturb_those_that_wait()
    {
        using var busy = new RingProducer(4096);
        using var quiet = new RingProducer(4096);
        using BpfRingBuffer busyRing = busy.Open();
        using BpfRingBuffer quietRing = quiet.Open();
        busy.Make("fixed");
        Assert.True(await busyRing.WaitAsync());
        ValueTask<bool> first = busyRing.WaitAsync();
        Assert.True(await first);
        ValueTask<bool> wait = quietRing.WaitAsync();
        for (int i = 0; i < 100; i++)
        {
            Assert.True(busyRing.Consume(_ => { }) > 0);
            busy.Make("fixed");
        }

        Assert.False(wait.IsCompleted);
        quiet.Make("fixed");
        Assert.True(await wait.AsTask().WaitAsync(Patience));
        busyRing.Consume(_ => { });
        ValueTask<bool> later = busyRing.WaitAsync();
        busy.Make("fixed");
        Assert.True(await later.AsTask().WaitAsync(Patience));
    }

    [SkippableFact]
    public async Task Readers_wait_although_the_thread_pool_is_busy_and_take_no_thread_of_it()
    {
        var producers = new List<RingProducer>();
        try
        {
            for (int i = 0; i < 6; i++)
            {
                producers.Add(new RingProducer(4096));
            }

            Task<bool>[] waits = [.. producers.Select(producer => producer.Open().WaitAsync().AsTask())];
            long before = ThreadPool.CompletedWorkItemCount;
            await Task.Delay(50);
            Assert.True(ThreadPool.CompletedWorkItemCount - before < 5);
            Assert.All(waits, wait => Assert.False(wait.IsCompleted));
            producers.ForEach(producer => producer.Make("fixed"));
            await Task.WhenAll(waits).WaitAsync(Patience);
        }
        finally
        {
            producers.ForEach(producer => producer.Dispose());
        }
    }

    private static int CountLoopThreads() =>
        Directory.GetDirectories("/proc/self/task").Count(task =>
        {
            try
            {
                return File.ReadAllText(task + "/comm").Trim() == EventLoop.ThreadName;
            }
            catch (IOException)
            {
                return false; // It ended in between.
            }
        });
}
