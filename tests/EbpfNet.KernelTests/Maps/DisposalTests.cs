namespace EbpfNet.KernelTests.Maps;

/// <summary>Objects that are disposed while other threads are in the middle of using what they gave.</summary>
public sealed class DisposalTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public void An_object_is_disposed_while_leases_readers_and_handlers_are_active_on_other_threads()
    {
        BpfObjectSpec spec = TestObjects.Read("mapped");
        var random = new Random(4711);
        for (int round = 0; round < 40; round++)
        {
            BpfObject loaded = BpfObject.Load(spec);
            Worker[] workers =
            [
                HoldLeases(loaded.GetArray<ulong>("longs")),
                HoldLeases(loaded.GetArray<ulong>("longs")),
                UseElements(loaded.GetArray<Twelve>("triples")),
                UseVariable(loaded.GetVariable<ulong>("runs")),
                Read(loaded.GetRingBuffer("events")),
                Produce(loaded.Programs["count"]),
            ];
            Array.ForEach(workers, worker => worker.Start());
            Assert.True(SpinWait.SpinUntil(() => workers.All(worker => worker.Turns > 0), Patience));
            Thread.SpinWait(random.Next(20_000));
            loaded.Dispose();
            foreach (Worker worker in workers)
            {
                Assert.True(worker.Join(Patience), $"{worker.Name} has not ended");
                Assert.True(worker.Failure is null or ObjectDisposedException, $"{worker.Name}: {worker.Failure}");
            }
        }
    }

    [SkippableFact]
    public void Memory_goes_with_the_last_of_many_leases()
    {
        const int Threads = 4;
        for (int round = 0; round < 300; round++)
        {
            var array = BpfArray<ulong>.Create("leases", 512, EbpfNet.Abi.BpfMapFlags.Mmapable);
            using var together = new Barrier(Threads + 1);
            Worker[] workers = [.. Enumerable.Range(0, Threads).Select(number => new Worker($"lease {number}", _ =>
            {
                using BpfMapped<ulong> memory = array.MapMemory();
                together.SignalAndWait();
                for (int i = 0; i < 2000 * (number + 1); i++)
                {
                    Interlocked.Increment(ref memory[i % 512]);
                }

                throw new ObjectDisposedException("the loop's end");
            }))];
            Array.ForEach(workers, worker => worker.Start());
            together.SignalAndWait();
            array.Dispose();
            Assert.All(workers, worker => Assert.True(worker.Join(Patience)));
            Assert.All(workers, worker => Assert.IsType<ObjectDisposedException>(worker.Failure));
        }
    }

    private static Worker HoldLeases(BpfArray<ulong> array) => new("lease", _ =>
    {
        using BpfMapped<ulong> memory = array.MapMemory();
        for (int i = 0; i < 50; i++)
        {
            foreach (ref ulong value in memory)
            {
                Interlocked.Increment(ref value);
            }
        }
    });

    private static Worker UseElements(BpfArray<Twelve> array) => new("elements", turn =>
    {
        array[(int)(turn % array.Length)] = array[0];
        array.CopyTo(new Twelve[array.Length]);
    });

    private static Worker UseVariable(BpfVariable<ulong> variable) => new("variable", _ =>
    {
        variable.Add(1);
        variable.Value = variable.Value + 1;
    });

    private static Worker Read(BpfRingBuffer ring) => new("reader", _ =>
    {
        if (!ring.Wait(Timeout.InfiniteTimeSpan))
        {
            ring.Consume(record => Assert.Equal(sizeof(ulong), record.Length)); // Disposed: throws.
        }

        var handler = new Handler();
        ring.Consume(ref handler);
        GC.KeepAlive(handler.Sum);
    });

    private static Worker Produce(BpfProgram program) => new("producer", _ => program.TestRun(new BpfTestRun(stackalloc byte[64]) { Repeat = 20 }));

    private struct Handler : IBpfRecordHandler
    {
        public ulong Sum;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            // In the kernel's memory all the while.
            for (int i = 0; i < 200; i++)
            {
                Sum += BitConverter.ToUInt64(record);
            }

            return true;
        }
    }

    /// <summary>A thread that does the same again and again until it fails.</summary>
    private sealed class Worker(string name, Action<long> work)
    {
        private Thread? _thread;
        private long _turns;

        public string Name => name;

        public long Turns => Volatile.Read(ref _turns);

        public Exception? Failure { get; private set; }

        public void Start()
        {
            _thread = new Thread(() =>
            {
                try
                {
                    while (true)
                    {
                        work(_turns);
                        Volatile.Write(ref _turns, _turns + 1);
                    }
                }
                catch (Exception e)
                {
                    Failure = e;
                }
            });
            _thread.Start();
        }

        public bool Join(TimeSpan patience) => _thread!.Join(patience);
    }
}
