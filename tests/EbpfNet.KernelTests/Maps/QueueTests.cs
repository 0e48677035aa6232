using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Queues, stacks and Bloom filters: beside a model, with several threads, and with a program on the other side.</summary>
public sealed class QueueTests : KernelTest
{
    private const int Capacity = 5;

    private enum Operation
    {
        Add,
        TryAdd,
        AddDropping,
        Take,
        TakeSome,
        Peek,
        Clear,
    }

    [SkippableFact]
    public void A_queue_does_what_a_queue_does()
    {
        CheckQueue<One>();
        CheckQueue<Twelve>();
        CheckQueue<Sixteen>();
    }

    [SkippableFact]
    public void A_stack_does_what_a_stack_does()
    {
        CheckStack<One>();
        CheckStack<Twelve>();
        CheckStack<Sixteen>();
    }

    [SkippableFact]
    public void A_Bloom_filter_never_denies_what_was_added() =>
        Prop.ForAll(Gen.Choose(0, 1000).ListOf().ToArbitrary(), Gen.Choose(1, 15).ToArbitrary(), (added, hashes) =>
        {
            using var filter = BpfBloomFilter<Twelve>.Create("model_bloom", 64, hashes);
            var model = new HashSet<int>();
            Assert.False(filter.MayContain(Twelve.From(0)));
            foreach (int seed in added)
            {
                filter.Add(Twelve.From(seed));
                model.Add(seed);
                Assert.All(model, one => Assert.True(filter.MayContain(Twelve.From(one))));
            }

            Assert.Equal(hashes, filter.HashCount);
        }).QuickCheckThrowOnFailure();

    [SkippableFact]
    public void A_Bloom_filter_denies_most_of_what_was_not_added()
    {
        using var filter = BpfBloomFilter<uint>.Create("bloom", 1000);
        for (uint i = 0; i < 100; i++)
        {
            filter.Add(i);
        }

        Assert.InRange(Enumerable.Range(1000, 1000).Count(i => filter.MayContain((uint)i)), 0, 500);
        Assert.Equal(5, filter.HashCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfBloomFilter<uint>.Create("bloom", 10, 16));
    }

    [SkippableFact]
    public void A_full_or_empty_one_says_so()
    {
        using var queue = BpfQueue<uint>.Create("jobs", 2);
        using var stack = BpfStack<uint>.Create("undo", 1);
        queue.Enqueue(1);
        queue.Enqueue(2);
        stack.Push(1);

        BpfSyscallException full = Assert.Throws<BpfSyscallException>(() => queue.Enqueue(3));
        Assert.Equal(BpfErrno.E2BIG, full.Error);
        Assert.Contains("map 'jobs' is full (2 elements): take elements out", full.Message, StringComparison.Ordinal);
        Assert.Contains("map 'undo' is full (1 elements)", Assert.Throws<BpfSyscallException>(() => stack.Push(3)).Message, StringComparison.Ordinal);
        queue.Clear();
        stack.Clear();
        Assert.Contains("map 'jobs' is empty", Assert.Throws<InvalidOperationException>(() => queue.Dequeue()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => queue.Peek());
        Assert.Throws<InvalidOperationException>(() => stack.Pop());
        Assert.Throws<InvalidOperationException>(() => stack.Peek());
    }

    [SkippableFact]
    public void Each_element_is_taken_once_by_whichever_thread()
    {
        using var queue = BpfQueue<int>.Create("threads", 64);
        var taken = new ConcurrentBag<int>();
        int left = 4000;
        bool failed = false;
        Task.WaitAll([.. new Action[] { () => Add(0), () => Add(1), Take, Take }.Select(work => Task.Factory.StartNew(() => TellFailure(work), TaskCreationOptions.LongRunning))]);

        Assert.Equal(Enumerable.Range(0, 4000), taken.Order());
        Assert.False(queue.TryPeek(out _));

        void TellFailure(Action work)
        {
            try
            {
                work();
            }
            catch
            {
                Volatile.Write(ref failed, true); // The others would wait for this one.
                throw;
            }
        }

        void Add(int first)
        {
            for (int i = first; i < 4000; i += 2)
            {
                while (!Volatile.Read(ref failed) && !queue.TryEnqueue(i))
                {
                    Thread.Yield();
                }
            }
        }

        void Take()
        {
            while (!Volatile.Read(ref failed) && Volatile.Read(ref left) > 0)
            {
                if (queue.TryDequeue(out int value))
                {
                    taken.Add(value);
                    Interlocked.Decrement(ref left);
                }
                else
                {
                    Thread.Yield();
                }
            }
        }
    }

    [SkippableFact]
    public void A_program_fills_and_takes_what_this_process_takes_and_fills()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("queues"));
        BpfQueue<Job> jobs = loaded.GetQueue<Job>("jobs");
        BpfStack<Job> finished = loaded.GetStack<Job>("finished");
        BpfBloomFilter<uint> known = loaded.GetBloomFilter<uint>("known");
        Assert.Equal((8, 8, 3), (jobs.Capacity, finished.Capacity, known.HashCount));

        Assert.Equal(8u, Run("add_jobs"));
        Assert.Equal(new Job { Id = 1, Cost = 100 }, jobs.Dequeue());
        jobs.Enqueue(new Job { Id = 77, Cost = 5 });
        Assert.Equal(0u, Run("knows_77"));
        for (uint id = 2; id <= 8; id++)
        {
            Assert.Equal(id, Run("finish_job"));
        }

        Assert.Equal(77u, Run("finish_job"));
        Assert.Equal(0u, Run("finish_job"));
        Assert.Equal(1u, Run("knows_77"));
        Assert.True(known.MayContain(5));
        var last = new Job[10];
        Assert.Equal(8, finished.PopTo(last));
        Assert.Equal([77u, 8, 7, 6, 5, 4, 3, 2], last[..8].Select(job => job.Id));

        known.Add(1000);
        Assert.Throws<ArgumentException>(() => loaded.GetStack<Job>("jobs"));
        Assert.Throws<BpfLayoutException>(() => loaded.GetQueue<ulong>("jobs"));

        uint Run(string program) => loaded.Programs[program].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
    }

    private static Arbitrary<(Operation What, int Seed)[]> Operations() =>
        Gen.Frequency((4, Gen.Elements(Operation.Add, Operation.TryAdd, Operation.AddDropping)), (3, Gen.Elements(Enum.GetValues<Operation>())))
            .Zip(Gen.Choose(-1000, 1000), (what, seed) => (what, seed)).ArrayOf().ToArbitrary();

    private static void CheckQueue<T>()
        where T : unmanaged, ITestValue<T>
    {
        using var queue = BpfQueue<T>.Create("model_queue", Capacity);
        Check(
            first: model => 0,
            queue.Clear,
            (T value, bool drop) => queue.Enqueue(value, drop),
            (T value) => queue.TryEnqueue(value),
            () => (queue.TryDequeue(out T value), value),
            () => (queue.TryPeek(out T value), value),
            buffer => queue.DequeueTo(buffer));
    }

    private static void CheckStack<T>()
        where T : unmanaged, ITestValue<T>
    {
        using var stack = BpfStack<T>.Create("model_stack", Capacity);
        Check(
            first: model => model.Count - 1,
            stack.Clear,
            (T value, bool drop) => stack.Push(value, drop),
            (T value) => stack.TryPush(value),
            () => (stack.TryPop(out T value), value),
            () => (stack.TryPeek(out T value), value),
            buffer => stack.PopTo(buffer));
    }

    /// <summary>The model is a list, oldest first; queue and stack differ in which element is <paramref name="first"/>.</summary>
    private static void Check<T>(
        Func<List<T>, int> first, Action clear, Action<T, bool> add, Func<T, bool> tryAdd, Func<(bool Found, T Value)> take, Func<(bool Found, T Value)> peek, Func<T[], int> takeTo)
        where T : unmanaged, ITestValue<T> =>
        Prop.ForAll(Operations(), operations =>
        {
            clear();
            var model = new List<T>();
            foreach ((Operation what, int seed) in operations)
            {
                T value = T.From(seed);
                bool full = model.Count == Capacity;
                switch (what)
                {
                    case Operation.Add when full:
                        Assert.Throws<BpfSyscallException>(() => add(value, false));
                        break;
                    case Operation.TryAdd when full:
                        Assert.False(tryAdd(value));
                        break;
                    case Operation.Add:
                        add(value, false);
                        model.Add(value);
                        break;
                    case Operation.TryAdd:
                        Assert.True(tryAdd(value));
                        model.Add(value);
                        break;
                    case Operation.AddDropping:
                        add(value, true);
                        model.Add(value);
                        if (full)
                        {
                            model.RemoveAt(0);
                        }

                        break;
                    case Operation.Take:
                        Assert.Equal(TakeFromModel(model), take());
                        break;
                    case Operation.TakeSome:
                        var taken = new T[3];
                        T[] expected = [.. Enumerable.Range(0, Math.Min(3, model.Count)).Select(_ => TakeFromModel(model).Value)];
                        Assert.Equal(expected.Length, takeTo(taken));
                        Assert.Equal(expected, taken[..expected.Length]);
                        break;
                    case Operation.Peek:
                        Assert.Equal(model.Count == 0 ? (false, default) : (true, model[first(model)]), peek());
                        break;
                    default:
                        clear();
                        model.Clear();
                        break;
                }
            }

            while (model.Count > 0)
            {
                Assert.Equal(TakeFromModel(model), take());
            }

            Assert.Equal((false, default), take());

            (bool Found, T Value) TakeFromModel(List<T> from)
            {
                if (from.Count == 0)
                {
                    return (false, default);
                }

                int at = first(from);
                T value = from[at];
                from.RemoveAt(at);
                return (true, value);
            }
        }).QuickCheckThrowOnFailure();

    private record struct Job
    {
        public uint Id;
        public ulong Cost;
    }
}
