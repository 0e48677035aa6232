using System.Buffers;
using System.IO.Pipelines;

namespace EbpfNet.Tests.RingBuffers;

public sealed class RingPipeTests
{
    [Fact]
    public async Task Each_record_is_one_segment_and_nothing_else_is_in_the_sequence()
    {
        using var ring = new FakeRing(4096);
        ring.Discard(16);
        ring.Submit(1, 2, 3);
        ring.Submit();
        ring.Submit(4);
        ring.Discard(8);
        ring.TryReserve(8);
        RingBufferPipeReader pipe = ring.OpenPipe();

        ReadResult result = await pipe.ReadAsync();

        Assert.Equal([[1, 2, 3], [4]], Segments(result.Buffer));
        Assert.False(result.IsCompleted);
        pipe.AdvanceTo(result.Buffer.End);
        Assert.Equal(16UL, ring.Used);
        Assert.Equal(3, ring.Reader.Consumed);
        Assert.Equal(2, ring.Reader.Discarded);
        pipe.Complete();
    }

    [Fact]
    public async Task Space_is_given_back_up_to_the_last_whole_record_and_the_rest_of_the_next_one_is_kept()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1, 2, 3, 4, 5, 6, 7, 8);
        ring.Submit(9, 10, 11, 12);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;

        pipe.AdvanceTo(buffer.GetPosition(3));
        Assert.Equal(32UL, ring.Used);
        buffer = (await pipe.ReadAsync()).Buffer;
        Assert.Equal([4, 5, 6, 7, 8, 9, 10, 11, 12], buffer.ToArray());

        pipe.AdvanceTo(buffer.GetPosition(7));
        Assert.Equal(16UL, ring.Used);
        buffer = (await pipe.ReadAsync()).Buffer;
        Assert.Equal([11, 12], buffer.ToArray());
        pipe.Complete();
        Assert.Equal([[9, 10, 11, 12]], ring.ConsumeAll());
    }

    [Fact]
    public async Task The_end_of_a_record_and_the_beginning_of_the_next_are_the_same_position()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;
        ReadOnlySequenceSegment<byte> first = (ReadOnlySequenceSegment<byte>)buffer.Start.GetObject()!;

        pipe.AdvanceTo(new SequencePosition(first.Next, 0));
        Assert.Equal(16UL, ring.Used);
        buffer = (await pipe.ReadAsync()).Buffer;
        pipe.AdvanceTo(new SequencePosition(buffer.End.GetObject(), buffer.End.GetInteger()));
        Assert.Equal(0UL, ring.Used);
        pipe.Complete();
    }

    [Fact]
    public async Task What_was_examined_is_not_returned_again_before_something_is_added()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;
        pipe.AdvanceTo(buffer.Start, buffer.End);

        Assert.False(pipe.TryRead(out _));
        Task<ReadResult> read = pipe.ReadAsync().AsTask();
        Assert.False(ring.Watch.LookUntilSettled(read));
        Assert.True(ring.Watch.Milliseconds > 0, "nothing is announced while records are kept");
        ring.Submit(2);
        Assert.Equal(1, ring.Announcements);
        Assert.True(ring.Watch.LookUntilSettled(read));

        Assert.Equal([1, 2], (await read).Buffer.ToArray());
        pipe.Complete();
    }

    [Fact]
    public async Task A_pipe_that_keeps_nothing_waits_for_an_announcement()
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ValueTask<ReadResult> read = pipe.ReadAsync();
        Assert.Equal(WakeUpPolicy.WhenAnnounced, ring.Watch.Milliseconds);
        ring.Submit(5);
        ring.Watch.Look();

        Assert.Equal([5], (await read).Buffer.ToArray());
        pipe.Complete();
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1000)]
    public async Task A_full_ring_of_which_everything_is_kept_is_an_error_not_a_wait_for_ever(int length)
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        while (ring.TrySubmit(new byte[length]))
        {
            ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;
            pipe.AdvanceTo(buffer.Start, buffer.End);
        }

        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.ReadAsync());
        Assert.Contains("full (4096 bytes)", e.Message, StringComparison.Ordinal);
        Assert.False(pipe.TryRead(out _));
        pipe.Complete();
        Assert.NotEmpty(ring.ConsumeAll());
    }

    [Fact]
    public async Task Reading_at_least_so_much_gathers_records_or_tells_that_the_ring_is_too_small()
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ring.Submit(new byte[1000]);
        ring.Submit(new byte[1000]);
        Task<ReadResult> read = pipe.ReadAtLeastAsync(2500).AsTask();
        Assert.False(ring.Watch.LookUntilSettled(read));
        ring.Submit(new byte[1000]);
        Assert.True(ring.Watch.LookUntilSettled(read));
        ReadOnlySequence<byte> buffer = (await read).Buffer;
        Assert.Equal(3000, buffer.Length);
        pipe.AdvanceTo(buffer.Start);

        read = pipe.ReadAtLeastAsync(5000).AsTask();
        ring.Submit(new byte[1000]);
        Assert.True(ring.Watch.LookUntilSettled(read));
        await Assert.ThrowsAsync<InvalidOperationException>(() => read);
        pipe.Complete();
    }

    [Fact]
    public async Task A_long_backlog_comes_in_several_reads()
    {
        using var ring = new FakeRing(1 << 16);
        int count = 0;
        while (ring.TrySubmit((byte)count))
        {
            count++;
        }

        RingBufferPipeReader pipe = ring.OpenPipe();
        var found = new List<byte>();
        while (found.Count < count)
        {
            ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;
            Assert.InRange(buffer.Length, 1, 256);
            found.AddRange(buffer.ToArray());
            pipe.AdvanceTo(buffer.End);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => (byte)i), found);
        pipe.Complete();
    }

    [Fact]
    public async Task A_pending_read_can_be_cancelled_without_losing_anything()
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ValueTask<ReadResult> read = pipe.ReadAsync();
        pipe.CancelPendingRead();
        ReadResult result = await read;
        Assert.True(result.IsCanceled && result.Buffer.IsEmpty && !result.IsCompleted);
        pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);

        pipe.CancelPendingRead();
        ring.Submit(1);
        result = await pipe.ReadAsync();
        Assert.True(result.IsCanceled);
        Assert.Equal([1], result.Buffer.ToArray());
        pipe.AdvanceTo(result.Buffer.Start);
        result = await pipe.ReadAsync();
        Assert.False(result.IsCanceled);
        Assert.Equal([1], result.Buffer.ToArray());
        pipe.Complete();
    }

    [Fact]
    public async Task A_token_cancels_a_read()
    {
        using var ring = new FakeRing(4096);
        using var cancellation = new CancellationTokenSource();
        RingBufferPipeReader pipe = ring.OpenPipe();
        ValueTask<ReadResult> read = pipe.ReadAsync(cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipe.ReadAsync(cancellation.Token));
        ring.Submit(1);
        Assert.Equal([1], (await pipe.ReadAsync()).Buffer.ToArray());
        pipe.Complete();
    }

    [Fact]
    public async Task Closing_the_ring_completes_the_pipe_and_the_memory_stays_until_the_pipe_is_completed()
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ring.Submit(1);
        ReadResult kept = await pipe.ReadAsync();
        ring.Submit(2);
        ring.Reader.Close();
        ring.Waiter.Close();

        Assert.Equal([1], kept.Buffer.ToArray());
        pipe.AdvanceTo(kept.Buffer.Start, kept.Buffer.End);
        ReadResult last = await pipe.ReadAsync();
        Assert.True(last.IsCompleted);
        Assert.Equal([1], last.Buffer.ToArray());
        Assert.Equal(0, ring.Releases);
        ReadOnlyMemory<byte> memory = last.Buffer.First;
        pipe.Complete();
        pipe.Complete();
        Assert.Equal(1, ring.Releases);
        Assert.Throws<ObjectDisposedException>(() => memory.Span.Length);
    }

    [Fact]
    public async Task A_ring_that_drains_gives_the_pipe_what_was_there_and_then_completes_it()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        ring.Submit(1);
        ring.Submit(2);
        RingBufferPipeReader pipe = ring.OpenPipe();
        ring.Reader.Close();
        ring.Waiter.Close();

        ReadResult result = await pipe.ReadAsync();
        Assert.True(result.IsCompleted);
        Assert.Equal([1, 2], result.Buffer.ToArray());
        pipe.Complete();
    }

    [Fact]
    public async Task Completing_during_a_wait_ends_it_and_gives_the_ring_back()
    {
        using var ring = new FakeRing(4096);
        RingBufferPipeReader pipe = ring.OpenPipe();
        Task<ReadResult> read = pipe.ReadAsync().AsTask();
        pipe.Complete();

        Assert.Contains("completed", (await Assert.ThrowsAsync<InvalidOperationException>(() => read)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => pipe.TryRead(out _));
        ring.Submit(1);
        Assert.Equal([[1]], ring.ConsumeAll());
    }

    [Fact]
    public async Task Misuse_is_told()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1, 2);
        ring.Submit(3, 4);
        RingBufferPipeReader pipe = ring.OpenPipe();
        Assert.Throws<InvalidOperationException>(() => pipe.AdvanceTo(default));
        ReadOnlySequence<byte> buffer = (await pipe.ReadAsync()).Buffer;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.ReadAsync());
        Assert.Throws<InvalidOperationException>(() => pipe.AdvanceTo(buffer.End, buffer.Start));
        Assert.Throws<InvalidOperationException>(() => pipe.AdvanceTo(new ReadOnlySequence<byte>(new byte[3]).End));
        SequencePosition first = buffer.Start;
        pipe.AdvanceTo(buffer.GetPosition(2));
        buffer = (await pipe.ReadAsync()).Buffer;
        Assert.Throws<InvalidOperationException>(() => pipe.AdvanceTo(first));
        Assert.Throws<InvalidOperationException>(() => ring.ConsumeAll());
        pipe.Complete();
    }

    [Fact]
    public async Task It_reads_as_a_stream()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        ring.Submit("first\nsec"u8);
        ring.Submit("ond\n"u8);
        await using Stream stream = ring.OpenPipe().AsStream();
        using var text = new StreamReader(stream);

        Assert.Equal("first", await text.ReadLineAsync());
        Assert.Equal("second", await text.ReadLineAsync());
        ring.Reader.Close();
        ring.Waiter.Close();
        Assert.Null(await text.ReadLineAsync());
    }

    [Fact]
    public async Task It_is_copied_to_streams_and_pipes()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        ring.Submit(1, 2);
        ring.Submit(3);
        RingBufferPipeReader pipe = ring.OpenPipe();
        using var stream = new MemoryStream();
        Task copying = pipe.CopyToAsync(stream);
        ring.Submit(4);
        ring.Reader.Close();
        ring.Waiter.Close();
        await copying;
        pipe.Complete();

        Assert.Equal([1, 2, 3, 4], stream.ToArray());
    }

    [Fact]
    public async Task Reading_and_advancing_allocate_nothing_once_segments_are_there()
    {
        using var ring = new FakeRing(1 << 16);
        RingBufferPipeReader pipe = ring.OpenPipe();
        await Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        await Round();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        pipe.Complete();

        ValueTask Round()
        {
            while (ring.TrySubmit(1, 2, 3))
            {
            }

            while (pipe.TryRead(out ReadResult result))
            {
                pipe.AdvanceTo(result.Buffer.End);
            }

            return default;
        }
    }

    private static List<byte[]> Segments(ReadOnlySequence<byte> buffer)
    {
        var segments = new List<byte[]>();
        foreach (ReadOnlyMemory<byte> segment in buffer)
        {
            segments.Add(segment.ToArray());
        }

        return segments;
    }
}
