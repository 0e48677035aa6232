using EbpfNet.Kernel;

namespace EbpfNet.Tests.RingBuffers;

public sealed class RingWaitingTests
{
    [Fact]
    public async Task What_is_there_ends_a_wait_at_once()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);

        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, default);

        Assert.True(wait.IsCompletedSuccessfully);
        Assert.True(await wait);
        Assert.False(ring.Watch.IsWaitedFor);
    }

    [Fact]
    public async Task A_record_that_is_still_written_does_not_end_a_wait_its_submission_does()
    {
        using var ring = new FakeRing(4096);
        ulong busy = ring.TryReserve(1)!.Value;
        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, default);
        ring.Watch.Look();
        Assert.False(wait.IsCompleted);

        ring.Commit(busy, [1]);
        Assert.Equal(1, ring.Announcements);
        ring.Watch.Look();
        Assert.True(await wait);
    }

    [Fact]
    public async Task A_wait_ends_on_cancellation_and_the_next_one_works()
    {
        using var ring = new FakeRing(4096);
        using var cancellation = new CancellationTokenSource();
        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, cancellation.Token);
        await cancellation.CancelAsync();

        OperationCanceledException e = await Assert.ThrowsAsync<OperationCanceledException>(async () => await wait);
        Assert.Equal(cancellation.Token, e.CancellationToken);
        Assert.False(ring.Watch.IsWaitedFor);
        ring.Submit(1);
        Assert.True(await ring.Waiter.WaitAsync(0, announced: true, default));
        Assert.Throws<OperationCanceledException>(() => { _ = ring.Waiter.WaitAsync(0, announced: true, cancellation.Token); });
    }

    [Fact]
    public async Task An_interruption_ends_the_wait_under_way_or_else_the_next_one_and_only_one()
    {
        using var ring = new FakeRing(4096);
        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, default);
        ring.Waiter.Interrupt();
        Assert.False(await wait);

        ring.Waiter.Interrupt();
        Assert.False(await ring.Waiter.WaitAsync(0, announced: true, default));
        Assert.False(ring.Waiter.WaitAsync(0, announced: true, default).IsCompleted);
        ring.Waiter.Close();
    }

    [Fact]
    public async Task Closing_ends_every_wait()
    {
        using var ring = new FakeRing(4096);
        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, default);
        ring.Waiter.Close();

        Assert.False(await wait);
        Assert.False(await ring.Waiter.WaitAsync(0, announced: true, default));
        Assert.False(await ring.Waiter.WaitAsync(0, announced: true, default));
    }

    [Fact]
    public void Waiting_allocates_nothing()
    {
        using var ring = new FakeRing(4096);
        Round(ring);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Round(ring);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Round(FakeRing ring)
        {
            ValueTask<bool> wait = ring.Waiter.WaitAsync(Position(ring), announced: true, default);
            ring.TrySubmit(1);
            ring.Watch.Look();
            Assert.True(wait.Result);
            var handler = new CountingHandler();
            ring.Reader.Consume(ref handler, int.MaxValue);
        }

        static unsafe ulong Position(FakeRing ring) => *ring.Consumer;
    }

    [Fact]
    public void Without_a_delay_the_first_record_is_enough()
    {
        using var ring = new FakeRing(4096);
        WakeUpPolicy.State state = default;
        var policy = new WakeUpPolicy(0, 0, 0);

        Assert.Equal(WakeUpPolicy.WhenAnnounced, policy.Evaluate(ring.Memory, 0, true, 0, ref state));
        ring.Submit(1);
        Assert.Equal(WakeUpPolicy.Ready, policy.Evaluate(ring.Memory, 0, true, 0, ref state));
    }

    [Fact]
    public void With_a_delay_the_wait_ends_when_the_time_is_up_after_the_first_record()
    {
        using var ring = new FakeRing(4096);
        WakeUpPolicy.State state = default;
        var policy = new WakeUpPolicy(0, delayMilliseconds: 80, 0);

        Assert.Equal(WakeUpPolicy.WhenAnnounced, policy.Evaluate(ring.Memory, 0, true, 1000, ref state));
        ring.Submit(1);
        Assert.Equal(10, policy.Evaluate(ring.Memory, 0, true, 2000, ref state));
        Assert.Equal(3, policy.Evaluate(ring.Memory, 0, true, 2077, ref state));
        Assert.Equal(WakeUpPolicy.Ready, policy.Evaluate(ring.Memory, 0, true, 2080, ref state));
    }

    [Fact]
    public void Enough_records_or_half_a_ring_cut_the_delay_short()
    {
        using var ring = new FakeRing(4096);
        WakeUpPolicy.State state = default;
        var byCount = new WakeUpPolicy(records: 3, delayMilliseconds: 80, 0);
        ring.Submit(1);
        ring.Submit(2);
        Assert.Equal(10, byCount.Evaluate(ring.Memory, 0, true, 5, ref state));
        ring.Submit(3);
        Assert.Equal(WakeUpPolicy.Ready, byCount.Evaluate(ring.Memory, 0, true, 5, ref state));

        state = default;
        var byTime = new WakeUpPolicy(records: 0, delayMilliseconds: 80, 0);
        Assert.Equal(10, byTime.Evaluate(ring.Memory, 0, true, 5, ref state));
        ring.Submit(new byte[2048]);
        Assert.Equal(WakeUpPolicy.Ready, byTime.Evaluate(ring.Memory, 0, true, 5, ref state));
    }

    [Fact]
    public void What_the_kernel_does_not_announce_is_looked_for()
    {
        using var ring = new FakeRing(4096);
        WakeUpPolicy.State state = default;

        Assert.Equal(25, new WakeUpPolicy(0, 0, pollMilliseconds: 25).Evaluate(ring.Memory, 0, true, 0, ref state));
        var policy = new WakeUpPolicy(0, 0, 0);
        Assert.Equal([1, 2, 4, 8, 16, 16], Enumerable.Range(0, 6).Select(_ => policy.Evaluate(ring.Memory, 0, announced: false, 0, ref state)));
    }

    [Fact]
    public async Task The_loop_is_asked_to_look_again_when_the_delay_says_so()
    {
        using var ring = new FakeRing(4096, policy: new WakeUpPolicy(2, delayMilliseconds: 60_000, 0));
        ring.Submit(1);
        ValueTask<bool> wait = ring.Waiter.WaitAsync(0, announced: true, default);
        Assert.Equal(7_500, ring.Watch.Milliseconds);
        ring.Submit(2);
        ring.Watch.Look();

        Assert.True(await wait);
    }

    [Fact]
    public async Task A_reader_whose_place_was_given_back_by_somebody_else_is_told_instead_of_waiting_for_ever()
    {
        using var ring = new FakeRing(4096);
        await using IAsyncEnumerator<byte[]> records = ring.Enumerate();
        Task<bool> step = records.MoveNextAsync().AsTask();
        MoveOn(ring);
        ring.Watch.Look();

        await Assert.ThrowsAsync<InvalidOperationException>(() => step.WaitAsync(TimeSpan.FromSeconds(20)));

        static unsafe void MoveOn(FakeRing ring) => *ring.Consumer = *ring.Producer = 8192;
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Assert.Contains("WakeUpDelay", Assert.Throws<ArgumentException>(() => new BpfRingBufferOptions { WakeUpRecords = 2 }.ToPolicy()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfRingBufferOptions { WakeUpRecords = 0 }.ToPolicy());
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfRingBufferOptions { WakeUpDelay = TimeSpan.FromSeconds(-1) }.ToPolicy());
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfRingBufferOptions { PollInterval = TimeSpan.FromSeconds(-1) }.ToPolicy());
        Assert.NotNull(new BpfRingBufferOptions { WakeUpRecords = 1 }.ToPolicy());
    }

    [Fact]
    public void Epoll_events_have_the_layout_of_each_processor()
    {
        Span<byte> buffer = stackalloc byte[32];
        EpollEvents x64 = EpollEvents.For(System.Runtime.InteropServices.Architecture.X64);
        EpollEvents arm64 = EpollEvents.For(System.Runtime.InteropServices.Architecture.Arm64);
        Assert.Equal(new EpollEvents(12, 4), x64);
        Assert.Equal(new EpollEvents(16, 8), arm64);

        x64.Write(buffer[12..], 1, 0x1122334455667788);
        Assert.Equal("01000000" + "8877665544332211", Convert.ToHexString(buffer[12..24]));
        Assert.Equal(0x1122334455667788UL, x64.ReadData(buffer, 1));
        arm64.Write(buffer[16..], 1, 0x1122334455667788);
        Assert.Equal("01000000" + "00000000" + "8877665544332211", Convert.ToHexString(buffer[16..]));
        Assert.Equal(0x1122334455667788UL, arm64.ReadData(buffer, 1));
    }

    private struct CountingHandler : IBpfRecordHandler
    {
        public int Count;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Count++;
            return true;
        }
    }
}
