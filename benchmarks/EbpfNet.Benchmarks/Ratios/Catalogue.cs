namespace EbpfNet.Benchmarks;

/// <summary>All rows of the table, with the bounds that they have to keep. Each part is set up when it is come to, and torn down after it.</summary>
internal static class Catalogue
{
    private const int Keys = 1024;
    private const int ManyKeys = 65536;

    /// <param name="otherCpu">A CPU beside the one that is measured on; -1 where there is none.</param>
    public static IEnumerable<Comparison> All(int otherCpu) =>
        Single()
            .Concat(otherCpu < 0 ? [] : Threads(otherCpu))
            .Concat(Enumerations())
            .Concat(Batches())
            .Concat(Mapped())
            .Concat(Rings())
            .Concat(otherCpu < 0 ? [] : Streams(otherCpu))
            .Concat(Perf())
            .Concat(Loads());

    private static IEnumerable<Comparison> Single()
    {
        foreach ((string name, Func<MapWork> make, double bound) in (IEnumerable<(string, Func<MapWork>, double)>)
            [
                ("hash", () => new HashWork(Keys), 1.03),
                ("array", () => new ArrayWork(Keys), 1.03),
                ("LRU hash", () => new HashWork(Keys, lru: true), 1.05),
                ("per-CPU hash", () => new PerCpuHashWork(Keys), 1.05),
                ("per-CPU array", () => new PerCpuArrayWork(Keys), 1.05),
                ("LPM trie", () => new LpmWork(Keys), 1.05),
            ])
        {
            using MapWork work = make();
            yield return new Comparison($"{name}: lookup", (peer, count) => work.Lookup(peer, count), count => work.Lookup(count)) { Bound = bound };
            yield return new Comparison($"{name}: update", work.Update, work.Update) { Bound = bound };
            if (work is not (ArrayWork or PerCpuArrayWork))
            {
                yield return new Comparison($"{name}: remove and add again", work.Replace, work.Replace) { Bound = bound };
            }

            if (name == "hash")
            {
                yield return new Comparison($"{name}: take out and add again", work.Take, work.Take) { Bound = bound };
            }
        }
    }

    private static IEnumerable<Comparison> Threads(int otherCpu)
    {
        using var threads = new TwoThreads(otherCpu);
        foreach ((string name, Func<MapWork> make) in (IEnumerable<(string, Func<MapWork>)>)[("hash", () => new HashWork(Keys)), ("array", () => new ArrayWork(Keys))])
        {
            using MapWork work = make();
            yield return new Comparison($"{name}, two threads: lookup", (peer, count) => threads.Run(peer is null ? n => work.Lookup(n) : n => work.Lookup(peer, n), count)) { Bound = 1.08 };
            yield return new Comparison($"{name}, two threads: update", (peer, count) => threads.Run(peer is null ? work.Update : n => work.Update(peer, n), count)) { Bound = 1.08 };
        }
    }

    private static IEnumerable<Comparison> Enumerations()
    {
        foreach ((string name, Func<MapWork> make, double? bound) in (IEnumerable<(string, Func<MapWork>, double?)>)
            [
                ("hash, 65,536 elements", () => new HashWork(ManyKeys), 0.25),
                ("array, 65,536 elements", () => new ArrayWork(ManyKeys), null),
                ("per-CPU hash, 65,536 elements", () => new PerCpuHashWork(ManyKeys), null),
                ("LPM trie, 1,024 elements", () => new LpmWork(Keys), null),
            ])
        {
            using MapWork work = make();
            yield return new Comparison($"{name}: enumerate, against next key and lookup", (peer, count) => work.Walk(peer, count), count => work.Enumerate(count)) { Bound = bound, Unit = work.Count };
            if (work is not LpmWork)
            {
                yield return new Comparison($"{name}: enumerate, against batches", (peer, count) => work.WalkBatches(peer, count), count => work.Enumerate(count)) { Unit = work.Count };
            }
        }
    }

    private static IEnumerable<Comparison> Batches()
    {
        foreach ((string name, Func<MapWork> make) in (IEnumerable<(string, Func<MapWork>)>)
            [
                ("hash", () => new HashWork(Keys)),
                ("array", () => new ArrayWork(Keys)),
                ("per-CPU hash", () => new PerCpuHashWork(Keys)),
                ("per-CPU array", () => new PerCpuArrayWork(Keys)),
                ("LPM trie", () => new LpmWork(Keys)),
            ])
        {
            using MapWork work = make();
            yield return new Comparison($"{name}: batch lookup of 1,024", work.ReadBatch, work.ReadBatch) { Bound = 1.03, Unit = Keys };
            yield return new Comparison($"{name}: batch update of 1,024", work.WriteBatch, work.WriteBatch) { Bound = 1.03, Unit = Keys };
            if (work is HashWork)
            {
                yield return new Comparison($"{name}: batch remove and add again of 1,024", work.ReplaceBatch, work.ReplaceBatch) { Bound = 1.03, Unit = Keys };
            }
        }
    }

    private static IEnumerable<Comparison> Mapped()
    {
        using var work = new MappedWork();
        yield return new Comparison("mapped array: read", work.Read, work.Read) { Bound = 1.05, Unit = 256 * MappedWork.Elements };
    }

    private static IEnumerable<Comparison> Rings()
    {
        foreach (bool isLarge in (bool[])[false, true])
        {
            using var work = new RingWork(isLarge);
            string name = isLarge ? "ring buffer, 2 KiB, all read" : "ring buffer, 64 bytes";
            int unit = work.Records;
            yield return new Comparison($"{name}: struct handler", work.Consume, work.Consume) { Bound = 1.00, Unit = unit };
            yield return new Comparison($"{name}: delegate", work.Consume, work.ConsumeByDelegate) { Unit = unit };
            yield return new Comparison($"{name}: pipe", work.Consume, work.ConsumeByPipe) { Bound = isLarge ? 1.5 : 8, Unit = unit, MayAllocatePerUnit = RingWork.BytesOfPass };
            yield return new Comparison($"{name}: await foreach", work.Consume, work.Enumerate) { Bound = 10, Unit = unit, MayAllocatePerUnit = RingWork.BytesOfPass };
        }
    }

    private static IEnumerable<Comparison> Streams(int otherCpu)
    {
        const int Records = 100_000;
        using (var stream = new RingStream(otherCpu))
        {
            yield return new Comparison("ring buffer, 64 bytes: end to end with a producer on another CPU, wall clock", (peer, count) => peer is null ? stream.Follow(count) : stream.Follow(peer, count))
            {
                Bound = 1.00,
                Unit = Records,
                IsOneUnit = true,
                Finding = stream.TakeLosses,
            };
        }

        using var latency = new RingLatency(otherCpu);
        yield return new Comparison("ring buffer: submit to handler on another CPU, Wait", (peer, _) => peer is null ? latency.ByWait() : latency.Run(peer)) { Bound = 1.10, Unit = RingLatency.Records, IsOneUnit = true };
        yield return new Comparison("ring buffer: submit to handler on the thread pool, WaitAsync", (peer, _) => peer is null ? latency.ByWaitAsync() : latency.Run(peer)) { Unit = RingLatency.Records, IsOneUnit = true, KnowsAllocations = false };
    }

    private static IEnumerable<Comparison> Perf()
    {
        using var work = new PerfWork();
        yield return new Comparison("perf buffer, 64 bytes: struct handler", work.Consume) { Bound = 1.10, Unit = PerfWork.Records, Nanoseconds = 1e6 };
    }

    private static IEnumerable<Comparison> Loads()
    {
        foreach (string name in LoadWork.Names)
        {
            var work = new LoadWork(name);
            yield return new Comparison($"open, load and close {name}", work.Load, work.Load)
            {
                HasRaw = false,
                MayAllocatePerUnit = 2 << 20, // The spec, its types and instructions; the kernel's own types stay in their mapping.
                Bound = name == LoadWork.CoreMany ? 0.5 : null,
            };
        }

        if (FirstLoad.IsBuilt)
        {
            yield return new Comparison($"open and load {LoadWork.CoreMany}, first load of a process (NativeAOT)", (peer, _) => FirstLoad.Run(peer))
            {
                HasRaw = false,
                IsOneUnit = true,
                MayAllocatePerUnit = 2 << 20,
                Bound = 0.5,
            };
        }
    }
}
