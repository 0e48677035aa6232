namespace EbpfNet.Tests.RingBuffers;

public sealed class RingReaderTests
{
    [Fact]
    public void An_empty_ring_gives_nothing()
    {
        using var ring = new FakeRing(4096);

        Assert.Empty(ring.ConsumeAll());
        Assert.Equal(0, ring.Reader.Consumed);
    }

    [Fact]
    public void Records_come_in_the_order_of_their_reservation_and_their_space_is_given_back()
    {
        using var ring = new FakeRing(4096);
        ulong first = ring.TryReserve(3)!.Value;
        ulong second = ring.TryReserve(0)!.Value;
        ring.Commit(second, []);
        ring.Commit(first, [1, 2, 3]);
        ring.Submit(4, 5, 6, 7, 8, 9, 10, 11, 12);

        Assert.Equal([[1, 2, 3], [], [4, 5, 6, 7, 8, 9, 10, 11, 12]], ring.ConsumeAll());
        Assert.Equal(0UL, ring.Used);
        Assert.Equal(3, ring.Reader.Consumed);
    }

    [Fact]
    public void A_record_that_is_being_written_holds_up_those_behind_it()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ulong busy = ring.TryReserve(1)!.Value;
        ring.Submit(3);

        Assert.Equal([[1]], ring.ConsumeAll());
        Assert.Empty(ring.ConsumeAll());
        ring.Commit(busy, [2]);
        Assert.Equal([[2], [3]], ring.ConsumeAll());
    }

    [Fact]
    public void Discarded_records_are_skipped_and_counted_and_their_space_is_given_back()
    {
        using var ring = new FakeRing(4096);
        ring.Discard(100);
        ring.Submit(1);
        ring.Discard(8);

        Assert.Equal([[1]], ring.ConsumeAll());
        Assert.Equal(2, ring.Reader.Discarded);
        Assert.Equal(1, ring.Reader.Consumed);
        Assert.Equal(0UL, ring.Used);
    }

    [Fact]
    public void A_ring_that_was_consumed_before_is_read_on_from_there()
    {
        using var ring = new FakeRing(4096, startsAt: (1UL << 40) - 16);
        ring.Submit(new byte[3000]);
        ring.Submit(7);

        Assert.Equal([3000, 1], ring.ConsumeAll().Select(record => record.Length));
    }

    [Fact]
    public void A_record_across_the_end_is_in_one_piece()
    {
        using var ring = new FakeRing(4096, startsAt: 4096 - 16);
        byte[] payload = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        ring.Submit(payload);

        Assert.Equal(payload, Assert.Single(ring.ConsumeAll()));
    }

    [Fact]
    public void The_number_of_records_can_be_limited_and_discarded_ones_do_not_count()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Discard(8);
        ring.Submit(2);
        ring.Submit(3);

        Assert.Equal([[1], [2]], ring.ConsumeAll(maxRecords: 2));
        Assert.Equal([[3]], ring.ConsumeAll(maxRecords: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.ConsumeAll(maxRecords: 0));
        ring.Submit(4);
        Assert.Single(ring.ConsumeAll());
    }

    [Fact]
    public void A_handler_that_has_enough_ends_the_reading_after_that_record()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        var handler = new OneOnly();

        Assert.Equal(1, ring.Reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(1, handler.Last);
        Assert.Equal([[2]], ring.ConsumeAll());
    }

    [Fact]
    public void The_record_of_a_handler_that_throws_counts_as_consumed()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        ring.Submit(3);
        var handler = new ThrowsOnTwo();

        Assert.Throws<FormatException>(() => ring.Reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(2, handler.Calls);
        Assert.Equal(2, ring.Reader.Consumed);
        Assert.Equal([[3]], ring.ConsumeAll());
    }

    [Theory]
    [InlineData(256)]
    [InlineData(8)]
    public void Space_is_given_back_during_a_long_reading_at_least_every_256_records_or_eighth(int recordsPerEighth)
    {
        int size = 8 * 16 * 1024;
        int length = (size / 8 / recordsPerEighth) - 8;
        using var ring = new FakeRing(size);
        int count = 0;
        while (ring.TrySubmit(new byte[length]))
        {
            count++;
        }

        Assert.True(count > 2 * recordsPerEighth);
        var handler = new UsageWatcher { Ring = ring };
        ring.Reader.Consume(ref handler, int.MaxValue);

        Assert.Equal(count, handler.Count);
        Assert.InRange(handler.LongestUnpublished, 1, Math.Min(256, recordsPerEighth));
    }

    [Fact]
    public void A_second_reader_is_refused_while_the_first_is_at_work()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        var handler = new ReadsAgain { Ring = ring };

        ring.Reader.Consume(ref handler, int.MaxValue);

        Assert.Contains("one reader", handler.Refusal!.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, ring.Reader.Consumed);
    }

    [Fact]
    public void Closing_while_a_handler_runs_ends_the_reading_after_its_record_and_gives_the_memory_back_then()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        ring.Submit(2);
        var handler = new Closes { Ring = ring };

        Assert.Equal(1, ring.Reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(0, handler.ReleasesInside);
        Assert.Equal(1, ring.Releases);
        Assert.Throws<ObjectDisposedException>(() => ring.ConsumeAll());
        ring.Reader.Close();
        Assert.Equal(1, ring.Releases);
    }

    [Fact]
    public void Closing_a_ring_that_drains_lets_the_running_reading_come_to_its_end()
    {
        using var ring = new FakeRing(4096, drainsOnClose: true);
        ring.Submit(1);
        ring.Submit(2);
        var handler = new Closes { Ring = ring };

        Assert.Equal(2, ring.Reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(1, ring.Releases);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reading_of_a_closed_ring_ends_although_programs_bring_more_and_more(bool drains)
    {
        using var ring = new FakeRing(64 * 1024, drainsOnClose: drains);
        ring.Submit(0);
        var handler = new BringsMore { Ring = ring, CloseAt = 1000 };

        int count = ring.Reader.Consume(ref handler, 100_000);
        Assert.InRange(count, drains ? 1001 : 1000, drains ? 1000 + RecordReader.PublishRecords : 1000);
        Assert.Equal(count, ring.Reader.Consumed);
        Assert.Equal(1, ring.Releases);
    }

    [Fact]
    public void Consumed_records_are_counted_while_the_reading_goes_on()
    {
        using var ring = new FakeRing(64 * 1024);
        ring.Submit(0);
        var handler = new BringsMore { Ring = ring };

        ring.Reader.Consume(ref handler, 2000);
        Assert.InRange(handler.LargestLag, 1, RecordReader.PublishRecords);
    }

    [Theory]
    [InlineData(8UL)] // Data that runs past what the kernel has reserved.
    [InlineData(4096UL * 3)] // More data than the ring can hold.
    [InlineData(4UL)] // A position that no record ends at.
    public unsafe void Impossible_positions_are_refused_and_nothing_beyond_the_ring_is_read(ulong produced)
    {
        using var ring = new FakeRing(4096);
        ring.WriteHeader(0, 0x3fff_fff0);
        *ring.Producer = produced;

        Assert.Contains("'fake'", Assert.Throws<InvalidOperationException>(() => ring.ConsumeAll()).Message, StringComparison.Ordinal);
        Assert.Equal(0, ring.Reader.Consumed);
    }

    [Theory]
    [InlineData(0x8000_0000)] // Being written, without bytes.
    [InlineData(0xffff_ffff)]
    [InlineData(0xc000_0008)]
    public async Task A_busy_header_of_any_length_ends_the_reading(uint header)
    {
        using var ring = new FakeRing(4096);
        ring.Discard(0);
        ring.Submit(1);
        ring.WriteHeader(ring.TryReserve(8)!.Value, header);

        Assert.Equal([[1]], ring.ConsumeAll());
        Assert.Empty(ring.ConsumeAll());
        await using IAsyncEnumerator<byte[]> records = ring.Enumerate();
        ValueTask<bool> step = records.MoveNextAsync();
        Assert.False(step.IsCompleted);
        ring.Reader.Close();
        ring.Waiter.Close();
        Assert.False(await step);
    }

    [Fact]
    public void A_consumer_position_that_somebody_else_moved_is_refused()
    {
        using var ring = new FakeRing(4096);
        ring.Submit(1);
        unsafe
        {
            *ring.Consumer = 1 << 20;
        }

        Assert.Throws<InvalidOperationException>(() => ring.ConsumeAll());
        Assert.True(ring.Memory.IsReadyAt(1 << 20), "who waits has to look, too, to be told");
    }

    private struct OneOnly : IBpfRecordHandler
    {
        public int Last;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Last = record[0];
            return false;
        }
    }

    private struct ThrowsOnTwo : IBpfRecordHandler
    {
        public int Calls;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Calls++;
            return record[0] == 2 ? throw new FormatException() : true;
        }
    }

    private struct UsageWatcher : IBpfRecordHandler
    {
        public FakeRing Ring;
        public int Count;
        public int LongestUnpublished;
        private ulong _lastUsed;
        private int _unpublished;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Count++;
            _unpublished = Ring.Used == _lastUsed ? _unpublished + 1 : 1;
            _lastUsed = Ring.Used;
            LongestUnpublished = Math.Max(LongestUnpublished, _unpublished);
            return true;
        }
    }

    private struct ReadsAgain : IBpfRecordHandler
    {
        public FakeRing Ring;
        public InvalidOperationException? Refusal;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            FakeRing ring = Ring;
            Refusal = Assert.Throws<InvalidOperationException>(() => ring.ConsumeAll());
            return true;
        }
    }

    private struct Closes : IBpfRecordHandler
    {
        public FakeRing Ring;
        public int ReleasesInside;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Ring.Reader.Close();
            ReleasesInside = Ring.Releases;
            return true;
        }
    }

    private struct BringsMore : IBpfRecordHandler
    {
        public FakeRing Ring;
        public int CloseAt;
        public long LargestLag;
        private int _count;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            LargestLag = Math.Max(LargestLag, ++_count - Ring.Reader.Consumed);
            Ring.Submit(1);
            if (_count == CloseAt)
            {
                Ring.Reader.Close();
            }

            return true;
        }
    }
}
