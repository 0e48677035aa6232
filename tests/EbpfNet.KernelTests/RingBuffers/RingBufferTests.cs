using System.Runtime.InteropServices;
using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class RingBufferTests : KernelTest
{
    [SkippableFact]
    public void What_a_program_submits_is_consumed_by_struct_delegate_and_delegate_with_state()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer ring = producer.Open();
        Assert.Equal(0, ring.Available);
        Assert.Equal(64 * 1024, ring.Size);

        producer.Make("fixed", 1);
        Assert.Equal(72, ring.Available);
        var handler = new Sequences { Found = [] };
        Assert.Equal(1, ring.Consume(ref handler));
        producer.Make("fixed", 1);
        Assert.Equal(1, ring.Consume(record => handler.Found.Add(MemoryMarshal.Read<ulong>(record))));
        producer.Make("fixed", 1);
        Assert.Equal(1, ring.Consume(handler.Found, static (record, found) => found.Add(MemoryMarshal.Read<ulong>(record))));

        Assert.Equal([0, 1, 2], handler.Found);
        Assert.Equal(3, ring.ConsumedRecords);
        Assert.Equal(0, ring.Available);
    }

    [SkippableFact]
    public void Reading_goes_on_where_another_reader_of_the_map_stopped()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer first = producer.Open();
        var found = new List<ulong>();
        producer.Make("fixed", 3);
        first.Consume(found, static (record, found) => found.Add(MemoryMarshal.Read<ulong>(record)), maxRecords: 2);

        using (var second = new BpfRingBuffer(producer.Object.Maps["events"]))
        {
            second.Consume(found, static (record, found) => found.Add(MemoryMarshal.Read<ulong>(record)));
        }

        producer.Make("fixed", 1);
        first.Consume(found, static (record, found) => found.Add(MemoryMarshal.Read<ulong>(record)));
        Assert.Equal([0, 1, 2, 3], found);
    }

    [SkippableFact]
    public async Task One_reader_at_a_time_goes_for_all_objects_that_stand_for_the_same_map()
    {
        using var producer = new RingProducer();
        using BpfRingBuffer first = producer.Open();
        using BpfMap again = BpfMap.OpenById(producer.Object.Maps["events"].Id);
        using var second = new BpfRingBuffer(again);
        producer.Make("fixed", 3);
        await using (IAsyncEnumerator<int> reading = first.ReadAllAsync(record => record.Length).GetAsyncEnumerator())
        {
            Assert.True(await reading.MoveNextAsync());
            Assert.Contains("same map", Assert.Throws<InvalidOperationException>(() => second.Consume(_ => { })).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => second.AsPipeReader());
            first.Dispose();
            Assert.Throws<InvalidOperationException>(() => second.Consume(_ => { }));
        }

        Assert.Equal(2, second.Consume(_ => { }));
    }

    [SkippableFact]
    public void A_descriptor_that_the_garbage_collector_closed_does_not_keep_its_number_from_being_watched_again()
    {
        using var producer = new RingProducer();
        using var poll = new Kernel.EventPoll();
        using Kernel.BpfHandle file = producer.Object.Maps["events"].Handle.Duplicate("events");
        poll.Add(file, id: 1);
        poll.Add(file, id: 2);
        producer.Make("fixed");
        Span<ulong> ready = stackalloc ulong[2];
        Assert.Equal(1, poll.Wait(ready, 1000));
        Assert.Equal(2UL, ready[0]);
    }

    [SkippableFact]
    public void Lost_records_are_what_the_program_counted_or_not_known()
    {
        using var producer = new RingProducer(4096);
        using BpfRingBuffer ring = producer.Open();
        using var unknowing = new BpfRingBuffer(producer.Object.Maps["events"]);
        Assert.Equal(0, ring.LostRecords);
        producer.Make("fixed", 100);

        Assert.Equal(44, ring.LostRecords);
        Assert.Equal(44UL, producer[0].Lost);
        Assert.Null(unknowing.LostRecords);
        Assert.Equal(56, ring.Consume(_ => { }));
        Assert.Contains("EBPFNET_RINGBUF", Assert.Throws<ArgumentException>(() => new BpfRingBuffer(producer.Object.Maps["events"], new() { LostCounter = producer.Object.Maps["scratch"] })).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Discarded_records_are_skipped()
    {
        using var producer = new RingProducer();
        producer[0] = new RingProducer.State { DiscardEvery = 2, MaxWords = 4 };
        using BpfRingBuffer ring = producer.Open();
        producer.Make("varied", 6);

        var checker = new RecordChecker();
        Assert.Equal(3, ring.Consume(checker.Check));
        Assert.Equal(3, ring.DiscardedRecords);
        checker.RequireAccounted(producer);
    }

    [SkippableFact]
    public void Another_kind_of_map_is_refused()
    {
        using BpfArray<int> array = BpfArray<int>.Create("array", 1);

        Assert.Contains("BPF_MAP_TYPE_ARRAY", Assert.Throws<ArgumentException>(() => new BpfRingBuffer(array.Map)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_ring_of_its_own_is_created_and_closed()
    {
        using BpfRingBuffer ring = BpfRingBuffer.Create("own", 8192);
        Assert.Equal(8192, ring.Size);
        Assert.Equal("own", ring.Map.Name);
        Assert.False(ring.Wait(TimeSpan.Zero));
        Assert.Contains("6000", Assert.Throws<BpfSyscallException>(() => BpfRingBuffer.Create("odd", 6000)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void After_dispose_everything_new_is_refused()
    {
        using var producer = new RingProducer();
        BpfRingBuffer ring = producer.Open();
        ring.Dispose();
        ring.Dispose();

        Assert.Contains("'events'", Assert.Throws<ObjectDisposedException>(() => ring.Consume(_ => { })).Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => ring.Wait(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(() => { _ = ring.WaitAsync(); });
        Assert.Throws<ObjectDisposedException>(() => ring.AsPipeReader());
        Assert.Throws<ObjectDisposedException>(() => ring.Available);
        Assert.Throws<ObjectDisposedException>(() => ring.LostRecords);
    }

    [SkippableFact]
    public void The_map_may_be_disposed_while_the_ring_is_read()
    {
        using var producer = new RingProducer();
        using var ring = new BpfRingBuffer(producer.Object.Maps["events"]);
        producer.Make("fixed", 1);
        producer.Object.Maps["events"].Dispose();

        Assert.True(ring.Wait(TimeSpan.Zero));
        Assert.Equal(1, ring.Consume(_ => { }));
    }

    [SkippableFact]
    public async Task Disposing_the_object_ends_the_readers_that_it_gave_out()
    {
        var producer = new RingProducer();
        BpfRingBuffer ring = producer.Open();
        Task<int> reading = Task.Run(async () =>
        {
            int count = 0;
            await foreach (RingProducer.Fixed record in ring.ReadAllAsync<RingProducer.Fixed>())
            {
                count++;
            }

            return count;
        });
        producer.Make("fixed", 5);
        while (ring.ConsumedRecords < 5)
        {
            await Task.Delay(1);
        }

        producer.Dispose();
        Assert.Equal(5, await reading.WaitAsync(Patience));
        Assert.Throws<ObjectDisposedException>(() => ring.Available);
    }

    [SkippableFact]
    public async Task An_asynchronous_loop_gets_every_record_with_its_contents()
    {
        using var producer = new RingProducer();
        await using BpfRingBuffer ring = producer.Open();
        Task making = Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                producer.Make("fixed", 1);
            }
        });
        ulong next = 0;
        await foreach (RingProducer.Fixed record in ring.ReadAllAsync<RingProducer.Fixed>())
        {
            Assert.Equal(next++, record.Sequence);
            Assert.Equal(record.Sequence + 6, record.Values[6]);
            if (next == 200)
            {
                break;
            }
        }

        await making;
        Assert.Equal(200, ring.ConsumedRecords);
    }

    [SkippableFact]
    public async Task A_pipe_reads_the_kernels_memory_and_stays_valid_after_dispose_until_it_is_completed()
    {
        using var producer = new RingProducer();
        BpfRingBuffer ring = producer.Open();
        System.IO.Pipelines.PipeReader pipe = ring.AsPipeReader();
        producer.Make("fixed", 2);
        System.IO.Pipelines.ReadResult result = await pipe.ReadAsync();
        ring.Dispose();

        Assert.Equal(128, result.Buffer.Length);
        Assert.Equal(0UL, MemoryMarshal.Read<ulong>(result.Buffer.FirstSpan));
        ReadOnlyMemory<byte> memory = result.Buffer.First;
        pipe.AdvanceTo(result.Buffer.End);
        Assert.True((await pipe.ReadAsync()).IsCompleted);
        using (memory.Pin())
        {
            await pipe.CompleteAsync();
        }

        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => memory.Pin());
    }

    private struct Sequences : IBpfRecordHandler
    {
        public List<ulong> Found;

        public readonly bool Handle(ReadOnlySpan<byte> record)
        {
            Found.Add(MemoryMarshal.Read<ulong>(record));
            return true;
        }
    }
}
