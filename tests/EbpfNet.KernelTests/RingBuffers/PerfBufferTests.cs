using System.Runtime.InteropServices;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.Abi;
using static EbpfNet.KernelTests.RingBuffers.Readers;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class PerfBufferTests : KernelTest
{
    [SkippableFact]
    public void Records_of_every_cpu_come_with_its_number_whatever_their_length()
    {
        using BpfObject loaded = Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { BytesPerCpu = 8192 });
        Assert.Equal(OnlineCpus.Read(), buffer.Cpus);
        var found = new List<Record>();
        for (int round = 0; round < 20; round++)
        {
            foreach (int cpu in buffer.Cpus)
            {
                OnCpu.Run(cpu, () => Give(loaded, bytes: (byte)(round * 11)));
            }

            Assert.True(buffer.Available > 0);
            buffer.Consume((cpu, record) =>
            {
                Record head = MemoryMarshal.Read<Record>(record);
                Assert.Equal((uint)cpu, head.Cpu);
                Assert.Equal(((16 + (int)head.Bytes + 4 + 7) & ~7) - 4, record.Length);
                Assert.All(record.Slice(17, Math.Max(0, (int)head.Bytes - 1)).ToArray(), value => Assert.Equal(0x5a, value));
                found.Add(head);
            });
        }

        Assert.Equal(Enumerable.Range(0, 20 * buffer.Cpus.Count).Select(i => (ulong)i), found.Select(record => record.Sequence).Order());
        Assert.All(buffer.Cpus, cpu => Assert.Equal(found.Where(record => record.Cpu == cpu).OrderBy(record => record.Sequence), found.Where(record => record.Cpu == cpu)));
        Assert.Equal(0, buffer.LostRecords);
        Assert.Equal(0, buffer.Available);
        Assert.Equal(found.Count, buffer.ConsumedRecords);
    }

    [SkippableFact]
    public void Lost_records_are_counted_by_the_kernel()
    {
        using BpfObject loaded = Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { BytesPerCpu = 4096 });
        int consumed = 0;
        OnCpu.Run(buffer.Cpus[0], () => Give(loaded, count: 500));
        consumed += buffer.Consume((_, _) => { });
        OnCpu.Run(buffer.Cpus[0], () => Give(loaded));
        consumed += buffer.Consume((_, _) => { });

        Assert.True(buffer.LostRecords > 300);
        Assert.Equal((long)loaded.GetVariable<ulong>("next").Value, consumed + buffer.LostRecords);
    }

    [SkippableFact]
    public async Task Waiting_ends_when_records_come_on_any_cpu_and_both_ways_of_waiting_may_alternate()
    {
        using BpfObject loaded = Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events");
        Assert.False(buffer.Wait(TimeSpan.Zero));
        for (int round = 0; round < 3; round++)
        {
            foreach (int cpu in buffer.Cpus)
            {
                ValueTask<bool> wait = buffer.WaitAsync();
                Assert.False(wait.IsCompleted);
                OnCpu.Run(cpu, () => Give(loaded));
                Assert.True(await wait.AsTask().WaitAsync(Patience));
                Assert.Equal(1, buffer.Consume((_, _) => { }));

                Task<bool> blocked = Task.Run(() => buffer.Wait(Patience));
                await Task.Delay(5);
                OnCpu.Run(cpu, () => Give(loaded));
                Assert.True(await blocked.WaitAsync(Patience));
                Assert.Equal(1, buffer.Consume((_, _) => { }));
            }
        }
    }

    [SkippableFact]
    public async Task The_kernel_wakes_by_records_or_by_bytes_and_fewer_are_found_by_polling()
    {
        using BpfObject loaded = Load();
        foreach (BpfPerfBufferOptions options in new[] { new BpfPerfBufferOptions { WakeUpRecords = 3 }, new BpfPerfBufferOptions { WakeUpBytes = 70 } })
        {
            using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", options);
            ValueTask<bool> wait = buffer.WaitAsync();
            OnCpu.Run(buffer.Cpus[0], () => Give(loaded, count: 1));
            await Task.Delay(30);
            Assert.False(wait.IsCompleted);
            OnCpu.Run(buffer.Cpus[0], () => Give(loaded, count: 3));
            Assert.True(await wait.AsTask().WaitAsync(Patience));
            buffer.Consume((_, _) => { });
        }

        using BpfPerfBuffer polled = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { WakeUpRecords = 1000, PollInterval = TimeSpan.FromMilliseconds(10) });
        ValueTask<bool> polling = polled.WaitAsync();
        OnCpu.Run(polled.Cpus[0], () => Give(loaded));
        Assert.True(await polling.AsTask().WaitAsync(Patience));
    }

    [SkippableFact]
    public async Task An_enumeration_copies_records_until_the_object_is_disposed()
    {
        BpfObject loaded = Load();
        BpfPerfBuffer buffer = loaded.GetPerfBuffer("events");
        var found = new List<ulong>();
        Task reading = Task.Run(async () =>
        {
            await foreach (Record record in buffer.ReadAllAsync<Record>())
            {
                found.Add(record.Sequence);
            }
        });
        for (int i = 0; i < 50; i++)
        {
            OnCpu.Run(buffer.Cpus[i % buffer.Cpus.Count], () => Give(loaded));
        }

        while (buffer.ConsumedRecords < 50)
        {
            await Task.Delay(1);
        }

        loaded.Dispose();
        await reading.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (ulong)i), found.Order());
        Assert.Throws<ObjectDisposedException>(() => buffer.Consume((_, _) => { }));
        Assert.Throws<ObjectDisposedException>(() => buffer.Available);
        Assert.Throws<ObjectDisposedException>(() => { _ = buffer.WaitAsync(); });
    }

    [SkippableFact]
    public void A_buffer_that_overwrites_keeps_the_newest_records()
    {
        using BpfObject loaded = Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { BytesPerCpu = 4096, Overwrites = true });
        OnCpu.Run(buffer.Cpus[0], () => Give(loaded, count: 1000));
        ulong made = loaded.GetVariable<ulong>("next").Value;
        List<ulong> found = Read();

        // 32 bytes each.
        Assert.InRange(found.Count, 120, 128);
        Assert.Equal(Enumerable.Range(0, found.Count).Select(i => made - (ulong)found.Count + (ulong)i), found);
        Assert.Empty(Read());
        OnCpu.Run(buffer.Cpus[0], () => Give(loaded));
        Assert.Equal(made, Assert.Single(Read()));
        Assert.Throws<InvalidOperationException>(() => buffer.Wait(TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => buffer.ReadAllAsync<Record>());

        List<ulong> Read()
        {
            var sequences = new List<ulong>();
            buffer.Consume((_, record) => sequences.Add(MemoryMarshal.Read<ulong>(record)));
            return sequences;
        }
    }

    [SkippableFact]
    public async Task Cpus_that_come_and_go_are_followed_whoever_reads()
    {
        using BpfObject loaded = Load();
        IReadOnlyList<int> online = OnlineCpus.Read()!;
        Skip.If(online.Count < 2, "One CPU only.");
        int first = online[0];
        int second = online[1];
        IReadOnlyList<int> running = [first];
        using var buffer = new BpfPerfBuffer(loaded.Maps["events"], null, () => Volatile.Read(ref running));
        Assert.Equal([first], buffer.Cpus);
        OnCpu.Run(second, () => Give(loaded));
        Assert.Equal(1UL, loaded.GetVariable<ulong>("failed").Value);

        // Nobody reads: at once.
        Volatile.Write(ref running, [first, second]);
        buffer.RefreshCpus();
        Assert.Equal([first, second], buffer.Cpus);
        OnCpu.Run(second, () => Give(loaded));
        Assert.Equal(1, buffer.Consume((cpu, _) => Assert.Equal(second, cpu)));

        // An enumeration waits: it follows, and goes on.
        var lengths = new System.Collections.Concurrent.ConcurrentQueue<int>();
        Task reading = Task.Run(async () =>
        {
            await foreach (int length in buffer.ReadAllAsync(record => record.Length))
            {
                lengths.Enqueue(length);
            }
        });
        OnCpu.Run(first, () => Give(loaded));
        await WaitUntil(() => lengths.Count == 1);
        Volatile.Write(ref running, [second]);
        buffer.RefreshCpus();
        await WaitUntil(() => buffer.Cpus.Count == 1);
        OnCpu.Run(first, () => Give(loaded));
        OnCpu.Run(second, () => Give(loaded));
        await WaitUntil(() => lengths.Count == 2);
        Assert.Equal(2UL, loaded.GetVariable<ulong>("failed").Value);
        Volatile.Write(ref running, [first, second]);
        buffer.RefreshCpus();
        await WaitUntil(() => buffer.Cpus.Count == 2);
        OnCpu.Run(first, () => Give(loaded));
        await WaitUntil(() => lengths.Count == 3);
        buffer.Dispose();
        await reading.WaitAsync(Patience);
    }

    [SkippableFact]
    public async Task A_thread_that_waits_follows_the_cpus_and_waits_on()
    {
        using BpfObject loaded = Load();
        IReadOnlyList<int> online = OnlineCpus.Read()!;
        Skip.If(online.Count < 2, "One CPU only.");
        IReadOnlyList<int> running = [online[0]];
        using var buffer = new BpfPerfBuffer(loaded.Maps["events"], null, () => Volatile.Read(ref running));
        Assert.False(buffer.Wait(TimeSpan.FromMilliseconds(1)));
        foreach (bool onThisThread in new[] { true, false })
        {
            Volatile.Write(ref running, [online[0]]);
            buffer.RefreshCpus();
            Task<bool> waiting = Task.Run(() => ReadWhenFree(() => onThisThread ? Task.FromResult(buffer.Wait(Patience)) : buffer.WaitAsync().AsTask()));
            await WaitUntilIsRead(waiting, () => buffer.Consume((_, _) => { }));
            Volatile.Write(ref running, online);
            buffer.RefreshCpus();
            await WaitUntil(() => buffer.Cpus.Count == online.Count);
            Assert.False(waiting.IsCompleted);
            OnCpu.Run(online[1], () => Give(loaded));
            Assert.True(await waiting.WaitAsync(Patience));
            Assert.Equal(1, buffer.Consume((cpu, _) => Assert.Equal(online[1], cpu)));
        }
    }

    [SkippableFact]
    public void Nothing_changes_when_the_same_cpus_run_and_disposing_takes_the_rings_out_of_the_map()
    {
        using BpfObject loaded = Load();
        BpfPerfBuffer buffer = loaded.GetPerfBuffer("events");
        IReadOnlyList<int> cpus = buffer.Cpus;
        buffer.RefreshCpus();
        Assert.Equal(cpus, buffer.Cpus);
        Give(loaded);
        Assert.Equal(0UL, loaded.GetVariable<ulong>("failed").Value);
        buffer.Dispose();
        buffer.Dispose();
        Give(loaded);
        Assert.Equal(1UL, loaded.GetVariable<ulong>("failed").Value);
        Assert.Throws<ObjectDisposedException>(() => buffer.RefreshCpus());
        Assert.Contains("BpfPerfBuffer", Assert.Throws<ArgumentException>(() => new BpfRingBuffer(loaded.Maps["events"])).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_buffer_that_took_the_place_of_another_keeps_it_when_that_one_is_disposed()
    {
        using BpfObject loaded = Load();
        BpfPerfBuffer first = loaded.GetPerfBuffer("events");
        using BpfPerfBuffer second = loaded.GetPerfBuffer("events");
        first.Dispose();
        Give(loaded);
        Assert.Equal(0UL, loaded.GetVariable<ulong>("failed").Value);
        Assert.Equal(1, second.Consume((_, _) => { }));
        second.Dispose();
        Give(loaded);
        Assert.Equal(1UL, loaded.GetVariable<ulong>("failed").Value);
    }

    [SkippableFact]
    public async Task Disposing_at_any_moment_ends_readers_of_every_kind_and_leaves_nothing()
    {
        using BpfObject loaded = Load();
        using var stop = new CancellationTokenSource();
        Task making = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Give(loaded, count: 200, bytes: 100);
            }
        });
        for (int round = 0; round < 40; round++)
        {
            BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { DrainOnDispose = round % 2 == 0 });
            Task reading = Task.Run(() => Read(buffer, round % 4));
            await Task.Delay(round % 3);
            buffer.Dispose();
            try
            {
                await reading.WaitAsync(Patience);
            }
            catch (ObjectDisposedException)
            {
                // It was disposed before the reader began.
            }
        }

        await stop.CancelAsync();
        await making;

        static async Task Read(BpfPerfBuffer buffer, int how)
        {
            switch (how)
            {
                case 0:
                    while (true)
                    {
                        buffer.Consume((_, _) => { });
                    }

                case 1:
                    while (buffer.Wait(Timeout.InfiniteTimeSpan))
                    {
                        buffer.Consume((_, _) => { });
                    }

                    break;
                case 2:
                    while (await buffer.WaitAsync())
                    {
                        buffer.Consume((_, _) => { });
                    }

                    break;
                default:
                    await foreach (int length in buffer.ReadAllAsync(record => record.Length))
                    {
                        Assert.Equal(116, length);
                    }

                    break;
            }
        }
    }

    [SkippableFact]
    public void Constants_are_those_of_the_kernels_headers()
    {
        CCompiler.Require();
        Assert.Equal("", CCompiler.Check(
        [
            $"PERF_TYPE_SOFTWARE == {PerfEvent.SoftwareType}",
            $"PERF_COUNT_SW_BPF_OUTPUT == {PerfEvent.BpfOutput}",
            $"PERF_SAMPLE_RAW == {PerfEvent.RawSample}",
            $"PERF_FLAG_FD_CLOEXEC == {PerfEvent.CloseOnExec}",
            $"PERF_EVENT_IOC_ENABLE == {PerfEvent.Enable}",
            $"PERF_EVENT_IOC_PAUSE_OUTPUT == {PerfEvent.PauseOutput}",
            $"PERF_RECORD_LOST == {PerfMemory.LostRecord}",
            $"PERF_RECORD_SAMPLE == {PerfMemory.Sample}",
            $"PERF_ATTR_SIZE_VER0 == {System.Runtime.CompilerServices.Unsafe.SizeOf<PerfEventAttribute>()}",
            $"sizeof(struct epoll_event) == {EpollEvents.Current.Size} && offsetof(struct epoll_event, data) == {EpollEvents.Current.DataOffset}",
            $"EPOLL_CLOEXEC == {EpollFlags.CloseOnExec} && EFD_CLOEXEC == {EpollFlags.CloseOnExec} && EFD_NONBLOCK == {EpollFlags.NonBlocking}",
            $"EPOLL_CTL_ADD == {EpollFlags.Add} && EPOLL_CTL_DEL == {EpollFlags.Remove} && EPOLL_CTL_MOD == {EpollFlags.Modify}",
            $"EPOLLIN == {EpollFlags.In} && EPOLLOUT == {EpollFlags.Out} && EPOLLET == {EpollFlags.EdgeTriggered}",
            $"SYS_perf_event_open == {KernelArchitecture.Current.PerfEventOpenSyscallNumber} && SYS_gettid == {KernelArchitecture.Current.GetThreadIdSyscallNumber} && SYS_membarrier == {KernelArchitecture.Current.MemoryBarrierSyscallNumber} && SYS_bpf == {KernelArchitecture.Current.BpfSyscallNumber}",
        ]));
    }

    private static BpfObject Load() => PerfProducer.Load();

    private static void Give(BpfObject loaded, int count = 1, byte bytes = 0) => PerfProducer.Give(loaded, count, bytes);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Record(ulong Sequence, uint Cpu, uint Bytes);
}
