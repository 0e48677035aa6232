using System.Buffers.Binary;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class UserRingBufferTests : KernelTest
{
    private const ulong NoWakeUp = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public void A_program_drains_what_was_written_in_any_way()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("user_ringbuf"));
        using BpfUserRingBuffer ring = loaded.GetUserRingBuffer("requests");
        Assert.Equal(4096, ring.Size);
        Assert.Equal(4096, ring.Free);
        Assert.True(ring.TryWrite(BitConverter.GetBytes(10UL)));
        Assert.True(ring.TryWrite(20UL));
        Assert.True(ring.TryWrite(13, 30UL, static (record, number) =>
        {
            record.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(record, number);
        }));
        Assert.Throws<FormatException>(() => ring.TryWrite(8, 0, static (_, _) => throw new FormatException()));
        Assert.Equal(4096 - 16 - 16 - 24 - 16, ring.Free);

        Assert.Equal(3u, Drain(loaded));
        Assert.Equal(60UL, loaded.GetVariable<ulong>("sum").Value);
        Assert.Equal(0UL, loaded.GetVariable<ulong>("out_of_order").Value);
        Assert.Equal(4096, ring.Free);
    }

    [SkippableFact]
    public void A_full_buffer_refuses_and_a_record_that_never_fits_is_an_error()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("user_ringbuf"));
        using BpfUserRingBuffer ring = loaded.GetUserRingBuffer("requests");
        int written = 0;
        while (ring.TryWrite((ulong)written + 1))
        {
            written++;
        }

        Assert.Equal(256, written);
        Assert.Equal(0, ring.Free);
        Assert.False(ring.TryWrite(0, 0, static (_, _) => Assert.Fail("there is no room")));
        Assert.Contains("4088", Assert.Throws<ArgumentOutOfRangeException>(() => ring.TryWrite(new byte[4089])).Message, StringComparison.Ordinal);
        Assert.False(ring.WaitForRoom(8, TimeSpan.FromMilliseconds(20)));
        Assert.Equal(256u, Drain(loaded));
        Assert.True(ring.WaitForRoom(4088, TimeSpan.Zero));
        Assert.True(ring.TryWrite(new byte[4088]));
    }

    [SkippableFact]
    public async Task Waiting_for_room_ends_when_a_program_drains_on_cancellation_and_on_dispose()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("user_ringbuf"));
        BpfUserRingBuffer ring = loaded.GetUserRingBuffer("requests");
        while (ring.TryWrite(1UL))
        {
        }

        Task<bool> waiting = Task.Run(() => ring.WaitForRoom(8, Timeout.InfiniteTimeSpan));
        await Task.Delay(20);
        Assert.False(waiting.IsCompleted);
        Drain(loaded);
        Assert.True(await waiting.WaitAsync(Patience));

        while (ring.TryWrite(1UL))
        {
        }

        using var cancellation = new CancellationTokenSource();
        using var begun = new CountdownEvent(3);
        Task<bool> cancelled = WaitOnAThreadOfItsOwn(ring, begun, cancellation.Token);
        Task<bool> first = WaitOnAThreadOfItsOwn(ring, begun, CancellationToken.None);
        Task<bool> second = WaitOnAThreadOfItsOwn(ring, begun, CancellationToken.None);
        Assert.True(begun.Wait(Patience));
        await Task.Delay(100);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));
        ring.Dispose();
        ring.Dispose();
        Assert.False(await first.WaitAsync(Patience));
        Assert.False(await second.WaitAsync(Patience));
        Assert.Throws<ObjectDisposedException>(() => ring.TryWrite(1UL));
        Assert.Throws<ObjectDisposedException>(() => ring.Free);
        Assert.Throws<ObjectDisposedException>(() => ring.WaitForRoom(8, TimeSpan.Zero));
    }

    private static Task<bool> WaitOnAThreadOfItsOwn(BpfUserRingBuffer ring, CountdownEvent begun, CancellationToken cancellation) => Task.Factory.StartNew(
        () =>
        {
            begun.Signal();
            return ring.WaitForRoom(8, Timeout.InfiniteTimeSpan, cancellation);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    [SkippableFact]
    public async Task Records_of_several_threads_all_arrive()
    {
        const int PerThread = 50_000;
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("user_ringbuf"));
        loaded.GetVariable<ulong>("flags").Value = NoWakeUp;
        using BpfUserRingBuffer ring = loaded.GetUserRingBuffer("requests");
        Task writing = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (ulong i = 1; i <= PerThread;)
                {
                    i += ring.TryWrite(i) ? 1u : 0u;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        while (!writing.IsCompleted || ring.Free < ring.Size)
        {
            Drain(loaded);
        }

        await writing;
        Assert.Equal(2UL * PerThread, loaded.GetVariable<ulong>("drained").Value);
        Assert.Equal((ulong)PerThread * (PerThread + 1), loaded.GetVariable<ulong>("sum").Value);
    }

    [SkippableFact]
    public void A_buffer_of_its_own_is_created_and_another_kind_is_refused()
    {
        using BpfUserRingBuffer ring = BpfUserRingBuffer.Create("own", 8192);
        Assert.Equal(8192, ring.Free);
        Assert.Contains("BpfUserRingBuffer", Assert.Throws<ArgumentException>(() => new BpfRingBuffer(ring.Map)).Message, StringComparison.Ordinal);
    }

    private static uint Drain(BpfObject loaded)
    {
        uint count = loaded.Programs["drain"].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
        Assert.True(count < 0x80000000, $"draining failed with error {count - 0x80000000}");
        return count;
    }
}
