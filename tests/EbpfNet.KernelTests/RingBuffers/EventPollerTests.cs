using System.Runtime.InteropServices;
using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class EventPollerTests : KernelTest
{
    [SkippableFact]
    public void Each_buffers_records_come_to_its_own_handler()
    {
        using var first = new RingProducer();
        using var second = new RingProducer();
        using BpfObject perf = BpfObject.Load(TestObjects.Read("perf_buffer"));
        using BpfRingBuffer firstRing = first.Open();
        using BpfRingBuffer secondRing = second.Open();
        using BpfPerfBuffer perfBuffer = perf.GetPerfBuffer("events");
        using var poller = new BpfEventPoller();
        var seen = new int[3];
        poller.Add(firstRing, _ => seen[0]++);
        poller.Add(secondRing, new Counting { Seen = seen, Index = 1 });
        poller.Add(perfBuffer, (_, _) => seen[2]++);

        Assert.Equal(0, poller.Poll(TimeSpan.Zero));
        first.Make("fixed", 3);
        Assert.Equal(3, PollAll(poller));
        second.Make("fixed", 5);
        Give(perf, 7);
        Assert.Equal(12, PollAll(poller));
        Assert.Equal([3, 5, 7], seen);
        Assert.Equal(0, poller.Poll(TimeSpan.FromMilliseconds(20)));
    }

    [SkippableFact]
    public async Task A_wait_ends_when_records_come_to_any_buffer()
    {
        using var first = new RingProducer();
        using var second = new RingProducer();
        using BpfRingBuffer firstRing = first.Open();
        using BpfRingBuffer secondRing = second.Open();
        using var poller = new BpfEventPoller();
        int records = 0;
        poller.Add(firstRing, _ => records++);
        poller.Add(secondRing, _ => records++);
        for (int round = 0; round < 20; round++)
        {
            Task<int> polling = Task.Run(() => poller.Poll(Timeout.InfiniteTimeSpan));
            await Task.Delay(round % 4);
            (round % 2 == 0 ? first : second).Make("fixed");
            Assert.Equal(1, await polling.WaitAsync(Patience));
        }

        Assert.Equal(20, records);
    }

    [SkippableFact]
    public async Task A_buffer_that_is_disposed_is_left_out_and_the_last_one_ends_the_loop()
    {
        using var first = new RingProducer();
        using var second = new RingProducer();
        BpfRingBuffer firstRing = first.Open();
        BpfRingBuffer secondRing = second.Open();
        using var poller = new BpfEventPoller();
        using var got = new SemaphoreSlim(0);
        poller.Add(firstRing, _ => got.Release());
        poller.Add(secondRing, _ => got.Release());
        Task running = Task.Factory.StartNew(() => poller.Run(CancellationToken.None), TaskCreationOptions.LongRunning);
        first.Make("fixed");
        Assert.True(await got.WaitAsync(Patience));
        firstRing.Dispose();
        second.Make("fixed");
        Assert.True(await got.WaitAsync(Patience));
        Assert.False(running.IsCompleted);
        secondRing.Dispose();
        await running.WaitAsync(Patience);
    }

    [SkippableFact]
    public async Task Cancelling_and_disposing_end_the_wait_and_the_buffers_stay()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        var poller = new BpfEventPoller();
        int records = 0;
        poller.Add(ring, _ => records++);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        Assert.ThrowsAny<OperationCanceledException>(() => poller.Poll(Timeout.InfiniteTimeSpan, stop.Token));
        poller.Run(stop.Token);

        Task<int> polling = Task.Run(() => ReadWhenFree(() => poller.Poll(Timeout.InfiniteTimeSpan)));
        await WaitUntilIsRead(polling, () => ring.Consume(_ => { }));
        Assert.Throws<InvalidOperationException>(() => poller.Poll(TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => poller.Add(ring, _ => { }));
        poller.Dispose();
        Assert.Equal(0, await polling.WaitAsync(Patience));
        Assert.Throws<ObjectDisposedException>(() => poller.Poll(TimeSpan.Zero));
        producer.Make("fixed");
        Assert.Equal(1, ring.Consume(_ => { }));
    }

    [SkippableFact]
    public void Misuse_is_told()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        using BpfObject perf = BpfObject.Load(TestObjects.Read("perf_buffer"));
        using BpfPerfBuffer overwriting = perf.GetPerfBuffer("events", new BpfPerfBufferOptions { Overwrites = true });
        using var poller = new BpfEventPoller();
        poller.Add(ring, _ => { });
        Assert.Contains("events", Assert.Throws<ArgumentException>(() => poller.Add(ring, _ => { })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => poller.Add(overwriting, (_, _) => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => poller.Poll(TimeSpan.FromSeconds(-2)));
    }

    [SkippableFact]
    public void A_handler_that_throws_has_consumed_its_record_and_the_poller_goes_on()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        using var poller = new BpfEventPoller();
        int calls = 0;
        poller.Add(ring, _ =>
        {
            if (++calls == 2)
            {
                throw new FormatException("second");
            }
        });
        producer.Make("fixed", 3);
        Assert.Throws<FormatException>(() => poller.Poll(TimeSpan.Zero));
        Assert.Equal(1, poller.Poll(TimeSpan.Zero));
        Assert.Equal(3, calls);
    }

    [SkippableFact]
    public void Polling_allocates_nothing()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        using var poller = new BpfEventPoller();
        var seen = new int[1];
        poller.Add(ring, new Counting { Seen = seen });
        for (int i = 0; i < 3; i++)
        {
            producer.Make("fixed", 2);
            poller.Poll(TimeSpan.Zero);
        }

        producer.Make("fixed", 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int records = poller.Poll(TimeSpan.Zero);
        poller.Poll(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100, records);
    }

    private static int PollAll(BpfEventPoller poller)
    {
        int records = 0;
        int more;
        while ((more = poller.Poll(TimeSpan.Zero)) > 0)
        {
            records += more;
        }

        return records;
    }

    private static void Give(BpfObject perf, int count) =>
        Assert.Equal(0u, perf.Programs["give"].TestRun(new BpfTestRun(new byte[64]) { Repeat = count }).ReturnValue);

    [StructLayout(LayoutKind.Auto)]
    private struct Counting : IBpfRecordHandler
    {
        public int[] Seen;
        public int Index;

        public readonly bool Handle(ReadOnlySpan<byte> record)
        {
            Seen[Index]++;
            return true;
        }
    }
}
