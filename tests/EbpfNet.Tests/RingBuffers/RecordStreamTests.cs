using System.Runtime.InteropServices;

namespace EbpfNet.Tests.RingBuffers;

public sealed class RecordStreamTests
{
    [Fact]
    public async Task Records_are_copied_into_the_type()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1, 0, 0, 0, 2, 0, 0, 0);
        await using IAsyncEnumerator<Pair> records = Copies<Pair>(ring, allowLonger: false);

        Assert.True(await records.MoveNextAsync());
        Assert.Equal(new Pair(1, 2), records.Current);
    }

    [Fact]
    public async Task A_record_shorter_than_the_type_is_refused_with_both_sizes_and_counts_as_consumed()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1, 2, 3, 4);
        ring.Submit(1, 0, 0, 0, 2, 0, 0, 0);
        await using (IAsyncEnumerator<Pair> records = Copies<Pair>(ring, allowLonger: true))
        {
            BpfLayoutException e = await Assert.ThrowsAsync<BpfLayoutException>(async () => await records.MoveNextAsync());
            Assert.Contains("8 bytes", e.Message, StringComparison.Ordinal);
            Assert.Contains("record 4", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("AllowLongerRecords", e.Message, StringComparison.Ordinal);
        }

        Assert.Single(ring.ConsumeAll());
        Assert.Equal(2, ring.Reader.Consumed);
    }

    [Fact]
    public async Task A_longer_record_is_taken_only_if_that_is_allowed()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1, 0, 0, 0, 2, 0, 0, 0, 9);
        ring.Submit(3, 0, 0, 0, 4, 0, 0, 0, 9);
        await using (IAsyncEnumerator<Pair> strict = Copies<Pair>(ring, allowLonger: false))
        {
            Assert.Contains("AllowLongerRecords", (await Assert.ThrowsAsync<BpfLayoutException>(async () => await strict.MoveNextAsync())).Message, StringComparison.Ordinal);
        }

        await using IAsyncEnumerator<Pair> lenient = Copies<Pair>(ring, allowLonger: true);
        Assert.True(await lenient.MoveNextAsync());
        Assert.Equal(new Pair(3, 4), lenient.Current);
    }

    [Fact]
    public async Task An_enumeration_is_the_one_reader_until_it_is_left()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        IAsyncEnumerator<byte[]> first = ring.Enumerate();
        await using IAsyncEnumerator<byte[]> second = ring.Enumerate();
        Assert.True(await first.MoveNextAsync());

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.MoveNextAsync());
        Assert.Throws<InvalidOperationException>(() => ring.ConsumeAll());
        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.False(await first.MoveNextAsync());
        Assert.Empty(ring.ConsumeAll());
    }

    [Fact]
    public async Task What_was_yielded_is_consumed_when_the_loop_is_left()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        await using (IAsyncEnumerator<byte[]> records = ring.Enumerate())
        {
            Assert.True(await records.MoveNextAsync());
        }

        Assert.Equal([[2]], ring.ConsumeAll());
    }

    [Fact]
    public async Task Cancellation_ends_the_enumeration_whether_it_waits_or_not()
    {
        using var ring = new FakeRing(4096);
        using var cancellation = new CancellationTokenSource();
        ring.Submit(1);
        ring.Submit(2);
        await using IAsyncEnumerator<byte[]> records = ring.Enumerate(cancellation.Token);
        Assert.True(await records.MoveNextAsync());
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await records.MoveNextAsync());
        await records.DisposeAsync();

        ring.ConsumeAll();
        using var later = new CancellationTokenSource();
        await using IAsyncEnumerator<byte[]> waiting = ring.Enumerate(later.Token);
        ValueTask<bool> step = waiting.MoveNextAsync();
        Assert.False(step.IsCompleted);
        await later.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await step);
    }

    [Fact]
    public async Task Either_token_cancels()
    {
        using var ring = new FakeRing(4096);
        for (int which = 0; which < 2; which++)
        {
            using var ofCall = new CancellationTokenSource();
            using var ofEnumeration = new CancellationTokenSource();
            var stream = new RecordStream<int, RingRecords, RecordFunction<int>>(new RingRecords(ring.Reader), ring.Waiter, new RecordFunction<int>(record => record.Length), ofCall.Token);
            await using IAsyncEnumerator<int> records = stream.GetAsyncEnumerator(ofEnumeration.Token);
            ValueTask<bool> step = records.MoveNextAsync();
            await (which == 0 ? ofCall : ofEnumeration).CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await step);
        }
    }

    [Fact]
    public async Task Closing_ends_the_enumeration_without_an_error_and_the_memory_goes_when_it_is_left()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        IAsyncEnumerator<byte[]> records = ring.Enumerate();
        Assert.True(await records.MoveNextAsync());
        Close(ring);

        Assert.False(await records.MoveNextAsync());
        Assert.Equal(0, ring.Releases);
        await records.DisposeAsync();
        Assert.Equal(1, ring.Releases);
    }

    [Fact]
    public async Task A_ring_that_drains_delivers_what_was_there_when_it_was_closed_and_no_more()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        ring.Submit(1);
        ring.Submit(2);
        ring.Submit(3);
        await using IAsyncEnumerator<byte[]> records = ring.Enumerate();
        Assert.True(await records.MoveNextAsync());
        Close(ring);

        Assert.True(await records.MoveNextAsync());
        ring.Submit(4);
        Assert.True(await records.MoveNextAsync());
        Assert.Equal([3], records.Current);
        Assert.False(await records.MoveNextAsync());
    }

    [Fact]
    public async Task A_draining_reader_does_not_wait_for_a_record_that_is_still_written()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        await using IAsyncEnumerator<byte[]> records = ring.Enumerate();
        ValueTask<bool> step = records.MoveNextAsync();
        ring.TryReserve(8);
        Close(ring);

        Assert.False(await step);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaving_during_a_step_ends_the_step_and_only_then_gives_the_ring_back(bool closes)
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        IAsyncEnumerator<byte[]> records = ring.Enumerate();
        Task<bool> step = records.MoveNextAsync().AsTask();
        Assert.False(step.IsCompleted);
        Assert.Contains("already", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await records.MoveNextAsync())).Message, StringComparison.Ordinal);

        await records.DisposeAsync();
        if (closes)
        {
            ring.Reader.Close();
            ring.Waiter.Close();
        }

        Assert.False(await step.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.False(await records.MoveNextAsync());
        Assert.Equal(closes ? 1 : 0, ring.Releases);
        if (!closes)
        {
            ring.Submit(1);
            Assert.Single(ring.ConsumeAll());
        }
    }

    [Fact]
    public async Task Yielding_allocates_nothing()
    {
        using var ring = new FakeRing(1 << 16);
        await using IAsyncEnumerator<Pair> records = Copies<Pair>(ring, allowLonger: false);
        long allocated = 0;
        for (int round = 0; round < 4; round++)
        {
            while (ring.TrySubmit(1, 0, 0, 0, 2, 0, 0, 0))
            {
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                ValueTask<bool> step = records.MoveNextAsync();
                Assert.True(step.IsCompletedSuccessfully);
                Assert.True(await step);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static void Close(FakeRing ring)
    {
        ring.Reader.Close();
        ring.Waiter.Close();
    }

    private static IAsyncEnumerator<T> Copies<T>(FakeRing ring, bool allowLonger)
        where T : unmanaged =>
        new RecordStream<T, RingRecords, RecordCopy<T>>(new RingRecords(ring.Reader), ring.Waiter, new RecordCopy<T>(ring.Reader, allowLonger), default).GetAsyncEnumerator();

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Pair(int First, int Second);
}
