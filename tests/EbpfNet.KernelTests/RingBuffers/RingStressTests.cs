using System.IO.Pipelines;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>
/// Producers that run while the ring is read: nothing is lost unaccounted, comes twice, or is torn. EBPFNET_STRESS_RECORDS says how many records all tests make together.
/// </summary>
public sealed class RingStressTests : KernelTest
{
    private const int Tests = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly int RecordsPerTest = (int.TryParse(Environment.GetEnvironmentVariable("EBPFNET_STRESS_RECORDS"), out int records) ? records : 6_000_000) / Tests;

    [SkippableTheory]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public Task A_struct_handler_gets_everything_that_was_submitted(int size) => Run(size, slow: false, async (ring, checker, done) =>
    {
        var handler = new Checking { Checker = checker };
        while (!done.IsCompleted || ring.Available > 0)
        {
            ring.Consume(ref handler);
            await Task.Yield();
        }
    });

    [SkippableFact]
    public Task A_reader_that_waits_between_misses_no_wake_up() => Run(1 << 16, slow: false, async (ring, checker, done) =>
    {
        var handler = new Checking { Checker = checker };
        using var end = new CancellationTokenSource();
        _ = done.ContinueWith(_ => end.Cancel(), TaskScheduler.Default);
        while (true)
        {
            try
            {
                if (!await ring.WaitAsync(end.Token))
                {
                    break;
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }

            ring.Consume(ref handler);
        }

        ring.Consume(ref handler);
    });

    [SkippableFact]
    public Task An_enumeration_gets_everything_although_its_loop_is_slow_now_and_then() => Run(1 << 15, slow: true, async (ring, checker, done) =>
    {
        using var end = new CancellationTokenSource();
        _ = done.ContinueWith(_ => end.Cancel(), TaskScheduler.Default);
        try
        {
            await foreach (int length in ring.ReadAllAsync(record =>
            {
                checker.Check(record);
                return record.Length;
            }).WithCancellation(end.Token))
            {
                if (length % 97 == 0)
                {
                    Thread.SpinWait(2000);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is read below.
        }

        ring.Consume(checker.Check);
    });

    [SkippableFact]
    public Task A_pipe_gets_everything_although_it_keeps_records_now_and_then() => Run(1 << 16, slow: false, async (ring, checker, done) =>
    {
        PipeReader pipe = ring.AsPipeReader();
        int round = 0;
        while (!done.IsCompleted || ring.Available > 0)
        {
            if (!pipe.TryRead(out ReadResult result))
            {
                await Task.Yield();
                continue;
            }

            int keep = round++ % 3;
            SequencePosition position = result.Buffer.Start;
            SequencePosition consumed = position;
            int left = 0;
            foreach (ReadOnlyMemory<byte> _ in result.Buffer)
            {
                left++;
            }

            while (left > keep && result.Buffer.TryGet(ref position, out ReadOnlyMemory<byte> record))
            {
                checker.Check(record.Span);
                consumed = result.Buffer.GetPosition(record.Length, consumed);
                left--;
            }

            pipe.AdvanceTo(consumed);
        }

        await pipe.CompleteAsync();
    });

    [SkippableFact]
    public async Task Disposing_at_any_moment_ends_readers_of_every_kind_and_the_next_goes_on_where_they_stopped()
    {
        using var producer = new RingProducer(1 << 15);
        producer[0] = new RingProducer.State { MaxWords = 20, DiscardEvery = 13 };
        Task making = Task.Run(() =>
        {
            for (int made = 0; made < RecordsPerTest; made += 10_000)
            {
                producer.Make("varied", 10_000);
            }
        });
        var random = new Random(1);
        var checker = new RecordChecker();
        for (int round = 0; round < 120 || !making.IsCompleted; round++)
        {
            BpfRingBuffer ring = producer.Open(new BpfRingBufferOptions { DrainOnDispose = round % 2 == 0 });
            int how = round % 5;
            Task reading = Task.Run(() => Read(ring, checker, how));
            await Task.Delay(random.Next(3));
            ring.Dispose();
            try
            {
                await reading.WaitAsync(Patience);
            }
            catch (ObjectDisposedException)
            {
                // It was disposed before the reader began.
            }
        }

        await making.WaitAsync(Patience);
        using BpfRingBuffer last = producer.Open();
        last.Consume(checker.Check);
        Assert.True(checker.Records > 0);
        checker.RequireAccounted(producer);
    }

    private static async Task Read(BpfRingBuffer ring, RecordChecker checker, int how)
    {
        switch (how)
        {
            case 0:
                while (true)
                {
                    ring.Consume(checker.Check);
                }

            case 1:
                while (ring.Wait(Timeout.InfiniteTimeSpan))
                {
                    ring.Consume(checker.Check);
                }

                break;
            case 2:
                while (await ring.WaitAsync())
                {
                    ring.Consume(checker.Check);
                }

                break;
            case 3:
                await foreach (int length in ring.ReadAllAsync(record =>
                {
                    checker.Check(record);
                    return record.Length;
                }))
                {
                }

                break;
            default:
                PipeReader pipe = ring.AsPipeReader();
                ReadResult result;
                do
                {
                    result = await pipe.ReadAsync();
                    foreach (ReadOnlyMemory<byte> record in result.Buffer)
                    {
                        checker.Check(record.Span);
                    }

                    pipe.AdvanceTo(result.Buffer.End);
                }
                while (!result.IsCompleted);
                await pipe.CompleteAsync();
                break;
        }
    }

    private static async Task Run(int size, bool slow, Func<BpfRingBuffer, RecordChecker, Task, Task> read)
    {
        using var producer = new RingProducer((uint)size);
        using BpfRingBuffer ring = producer.Open();
        for (int i = 0; i < 2; i++)
        {
            producer[i] = new RingProducer.State { MaxWords = slow ? 63u : 12u, DiscardEvery = 11 };
        }

        Task making = Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Factory.StartNew(
            () =>
            {
                for (int made = 0; made < RecordsPerTest / 2; made += 5000)
                {
                    producer.Make("varied", 5000, (byte)number);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        var checker = new RecordChecker();
        await Task.Run(() => read(ring, checker, making)).WaitAsync(Patience);
        await making;

        Assert.True(checker.Records > 0);
        checker.RequireAccounted(producer);
        Assert.Equal(checker.Records, ring.ConsumedRecords);
        Assert.Equal((long)(producer[0].Discarded + producer[1].Discarded), ring.DiscardedRecords);
        Assert.Equal((long)(producer[0].Lost + producer[1].Lost), ring.LostRecords);
    }

    private struct Checking : IBpfRecordHandler
    {
        public RecordChecker Checker;

        public readonly bool Handle(ReadOnlySpan<byte> record)
        {
            Checker.Check(record);
            return true;
        }
    }
}
