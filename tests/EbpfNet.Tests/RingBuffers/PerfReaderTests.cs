using EbpfNet.Kernel;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.RingBuffers;

public sealed class PerfReaderTests : IDisposable
{
    private readonly PerfReader _reader;
    private readonly List<FakePerfRing> _cpus = [];
    private int _releases;

    public PerfReaderTests() => _reader = new PerfReader("perf buffer 'fake'", drainsOnClose: false, () => _releases++);

    public void Dispose() => _cpus.ForEach(cpu => cpu.Dispose());

    [Fact]
    public void Records_of_each_cpu_come_in_order_with_its_number_and_their_space_is_given_back()
    {
        FakePerfRing first = AddCpu();
        FakePerfRing second = AddCpu();
        Assert.True(first.TryWrite([1]));
        Assert.True(second.TryWrite([2]));
        Assert.True(first.TryWrite([3]));

        Assert.Equal([(0, 1), (0, 3), (1, 2)], Consume().OrderBy(record => record.Cpu).Select(record => (record.Cpu, (int)record.Bytes[0])));
        Assert.All(_cpus, cpu => Assert.Equal(0UL, cpu.Ring.Available));
        Assert.Equal(3, _reader.Consumed);
    }

    [Theory]
    [InlineData(8)] // The header alone is before the end.
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(112)]
    public void A_record_across_the_end_comes_in_one_piece(int before)
    {
        FakePerfRing cpu = AddCpu(4096, startsAt: 4096 - (ulong)before);
        byte[] payload = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        Assert.True(cpu.TryWrite(payload));
        Assert.True(cpu.TryWrite(payload));

        Assert.Equal([payload, payload], Consume().Select(record => record.Bytes[..100]));
    }

    [Fact]
    public void Lost_records_are_counted_and_told_between_those_around_them()
    {
        FakePerfRing cpu = AddCpu(4096);
        int written = 0;
        while (cpu.TryWrite(new byte[100]))
        {
            written++;
        }

        Assert.False(cpu.TryWrite(new byte[100]));
        Assert.Equal(written, Consume().Count);
        Assert.True(cpu.TryWrite([7]));
        var handler = new Collector { Records = [], Losses = [] };
        Assert.Equal(1, _reader.Consume(ref handler, int.MaxValue));
        Assert.Equal([(0, 2L)], handler.Losses);
        Assert.Equal(2, _reader.Lost);
    }

    [Fact]
    public void Records_of_other_types_are_skipped()
    {
        FakePerfRing cpu = AddCpu();
        cpu.WriteHeader(type: 3, size: 48);
        Assert.True(cpu.TryWrite([1]));

        Assert.Equal(1, Assert.Single(Consume()).Bytes[0]);
    }

    [Fact]
    public void A_limit_is_shared_fairly_and_the_rest_stays()
    {
        FakePerfRing first = AddCpu();
        FakePerfRing second = AddCpu();
        for (byte i = 0; i < 3; i++)
        {
            Assert.True(first.TryWrite([i]));
            Assert.True(second.TryWrite([i]));
        }

        Assert.Equal([0, 1, 0, 1, 0, 1], Enumerable.Range(0, 6).Select(_ => Assert.Single(Consume(max: 1)).Cpu));
        Assert.Empty(Consume());
    }

    [Fact]
    public void The_record_of_a_handler_that_throws_counts_as_consumed()
    {
        FakePerfRing cpu = AddCpu();
        Assert.True(cpu.TryWrite([1]));
        Assert.True(cpu.TryWrite([2]));
        var handler = new Thrower();

        Assert.Throws<FormatException>(() => _reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(1, _reader.Consumed);
        Assert.Equal(2, Assert.Single(Consume()).Bytes[0]);
    }

    [Theory]
    [InlineData(PerfMemory.Sample, 0, 0)] // Would never end.
    [InlineData(PerfMemory.Sample, 4, 8)]
    [InlineData(PerfMemory.Sample, 20, 24)]
    [InlineData(PerfMemory.Sample, 65528, 64)] // More than there is.
    [InlineData(PerfMemory.Sample, 8, 8)] // No room for the length.
    [InlineData(PerfMemory.LostRecord, 16, 16)]
    [InlineData(3u, 0, 8)]
    [InlineData(0u, 0, 8)]
    public unsafe void Impossible_sizes_are_refused(uint type, int size, int available)
    {
        FakePerfRing cpu = AddCpu();
        cpu.WriteHeader(type, size);
        *cpu.Head = (ulong)Math.Max(available, 8);

        Assert.Contains("'fake'", Assert.Throws<InvalidOperationException>(() => Consume()).Message, StringComparison.Ordinal);
        Assert.InRange(cpu.Ring.CountReady(100), 0, 8);
    }

    [Fact]
    public void A_sample_that_says_it_is_longer_than_its_record_is_refused()
    {
        FakePerfRing cpu = AddCpu();
        Assert.True(cpu.TryWrite(new byte[12]));
        cpu.Put(8, BitConverter.GetBytes(13));

        Assert.Throws<InvalidOperationException>(() => Consume());
    }

    [Fact]
    public void Closing_ends_the_reading_after_the_record_and_gives_the_memory_back_then()
    {
        FakePerfRing cpu = AddCpu();
        Assert.True(cpu.TryWrite([1]));
        Assert.True(cpu.TryWrite([2]));
        var handler = new Closer { Reader = _reader };

        Assert.Equal(1, _reader.Consume(ref handler, int.MaxValue));
        Assert.Equal(1, _releases);
        Assert.Throws<ObjectDisposedException>(() => Consume());
    }

    [Fact]
    public void Random_histories_give_what_the_model_says_by_handler_and_by_enumeration() =>
        Prop.ForAll(
            Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 250), Gen.Choose(-8, -1))).ToArbitrary(),
            Gen.Choose(0, 600).Select(start => (ulong)start * 8).ToArbitrary(),
            ArbMap.Default.ArbFor<bool>(),
            (steps, start, enumerates) =>
            {
                var reader = new PerfReader("perf buffer 'model'", drainsOnClose: false, () => { });
                using var cpu = new FakePerfRing(0, 1024, reader, start);
                reader.Add(cpu.Ring);
                var records = new PerfRecords(reader);
                if (enumerates)
                {
                    reader.Enter();
                    records.Begin();
                }

                var model = new Queue<byte[]>();
                byte next = 0;
                int lost = 0;
                foreach (int step in steps)
                {
                    if (step >= 0)
                    {
                        byte[] payload = [.. Enumerable.Repeat(++next, step)];
                        if (cpu.TryWrite(payload))
                        {
                            model.Enqueue(payload);
                        }
                        else
                        {
                            lost++;
                        }

                        continue;
                    }

                    List<byte[]> found = enumerates ? Take(ref records, -step) : TakeByHandler(reader, -step);
                    foreach (byte[] record in found)
                    {
                        byte[] expected = model.Dequeue();
                        Assert.Equal(FakePerfRing.Padded(expected.Length), record.Length);
                        Assert.Equal(expected, record[..expected.Length]);
                    }

                    Assert.True(found.Count == -step || model.Count == 0);
                }

                List<byte[]> rest = enumerates ? Take(ref records, int.MaxValue) : TakeByHandler(reader, int.MaxValue);
                Assert.Equal(model.Count, rest.Count);
                if (enumerates)
                {
                    records.Publish();
                    reader.Leave();
                }

                Assert.Equal(0UL, cpu.Ring.Available);
                Assert.InRange(reader.Lost, 0, lost);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task An_enumeration_goes_from_cpu_to_cpu_waits_and_drains()
    {
        var reader = new PerfReader("perf buffer 'fake'", drainsOnClose: true, () => { });
        using var first = new FakePerfRing(0, 4096, reader);
        using var second = new FakePerfRing(1, 4096, reader);
        reader.Add(first.Ring);
        reader.Add(second.Ring);
        var watch = new FakeRing.FakeWatch();
        using var waiter = new RecordWaiter(new PerfCondition(reader, 1, 0, 0), () => watch);
        var copy = new RecordCopy<long>(reader, allowLonger: false, isPadded: true);
        await using IAsyncEnumerator<long> records = new RecordStream<long, PerfRecords, RecordCopy<long>>(new PerfRecords(reader), waiter, copy, default).GetAsyncEnumerator();
        Task<bool> step = records.MoveNextAsync().AsTask();
        Assert.False(watch.LookUntilSettled(step));
        Assert.True(second.TryWrite(BitConverter.GetBytes(1L)));
        Assert.True(watch.LookUntilSettled(step));
        Assert.Equal(1, records.Current);

        Assert.True(first.TryWrite(BitConverter.GetBytes(2L)));
        Assert.True(second.TryWrite(BitConverter.GetBytes(3L)));
        reader.Close();
        waiter.Close();
        Assert.True(await records.MoveNextAsync());
        Assert.True(first.TryWrite(BitConverter.GetBytes(4L)));
        long seen = records.Current;
        Assert.True(await records.MoveNextAsync());
        Assert.Equal([2, 3], new[] { seen, records.Current }.Order());
        Assert.False(await records.MoveNextAsync());
    }

    [Fact]
    public void The_condition_holds_by_records_by_bytes_or_when_fewer_have_lain_long_enough()
    {
        FakePerfRing cpu = AddCpu();
        WakeUpPolicy.State state = default;
        Assert.Equal(WakeUpPolicy.WhenAnnounced, Evaluate(1, 0, 0, now: 0));
        Assert.Equal(20, Evaluate(1, 0, 20, now: 0));
        Assert.True(cpu.TryWrite([1]));
        Assert.Equal(WakeUpPolicy.Ready, Evaluate(1, 0, 0, now: 0));
        Assert.Equal(WakeUpPolicy.WhenAnnounced, Evaluate(2, 0, 0, now: 0));
        Assert.Equal(WakeUpPolicy.WhenAnnounced, Evaluate(1, 25, 0, now: 0));
        Assert.Equal(20, Evaluate(2, 0, 20, now: 1000));
        Assert.Equal(5, Evaluate(2, 0, 20, now: 1015));
        Assert.Equal(WakeUpPolicy.Ready, Evaluate(2, 0, 20, now: 1020));
        Assert.True(cpu.TryWrite([2]));
        Assert.Equal(WakeUpPolicy.Ready, Evaluate(2, 0, 0, now: 0));
        Assert.Equal(WakeUpPolicy.Ready, Evaluate(1, 25, 0, now: 0));

        int Evaluate(int records, int bytes, int poll, long now) => new PerfCondition(_reader, records, bytes, poll).Evaluate(0, true, now, ref state);
    }

    [Fact]
    public void Lengths_are_taken_with_the_kernels_rounding_and_no_more()
    {
        var copy = new RecordCopy<long>(_reader, allowLonger: false, isPadded: true);
        Assert.Equal(5, copy.Project([5, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]));
        Assert.Throws<BpfLayoutException>(() => copy.Project(new byte[16]));
        Assert.Throws<BpfLayoutException>(() => copy.Project(new byte[4]));
        Assert.Equal(5, new RecordCopy<long>(_reader, allowLonger: true, isPadded: true).Project([5, .. new byte[19]]));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new BpfPerfBufferOptions { BytesPerCpu = 5000 }.Validate(4096));
        Assert.Throws<ArgumentException>(() => new BpfPerfBufferOptions { BytesPerCpu = 2048 }.Validate(4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfPerfBufferOptions { WakeUpRecords = 0 }.Validate(4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfPerfBufferOptions { WakeUpBytes = 0 }.Validate(4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfPerfBufferOptions { WakeUpBytes = (32 * 1024) + 1 }.Validate(4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfPerfBufferOptions { PollInterval = TimeSpan.FromTicks(-1) }.Validate(4096));
        new BpfPerfBufferOptions { WakeUpBytes = 32 * 1024 }.Validate(4096);
        new BpfPerfBufferOptions().Validate(4096);
    }

    [Theory]
    [InlineData("0-3,8-9\n", "0 1 2 3 8 9")]
    [InlineData("0\n", "0")]
    [InlineData("", null)]
    [InlineData("3-1", null)]
    [InlineData("0-4000000000", null)]
    [InlineData("0-99999999", null)]
    public void Lists_of_cpus_are_read(string list, string? expected) =>
        Assert.Equal(expected, OnlineCpus.Parse(list) is { } cpus ? string.Join(' ', cpus) : null);

    private static List<byte[]> Take(ref PerfRecords records, int max)
    {
        var found = new List<byte[]>();
        while (found.Count < max && records.TryRead(out ReadOnlySpan<byte> record))
        {
            found.Add(record.ToArray());
            records.PublishIfDue();
        }

        return found;
    }

    private static List<byte[]> TakeByHandler(PerfReader reader, int max)
    {
        var handler = new Collector { Records = [], Losses = [] };
        reader.Consume(ref handler, max);
        return [.. handler.Records.Select(record => record.Bytes)];
    }

    private FakePerfRing AddCpu(int size = 4096, ulong startsAt = 0)
    {
        var cpu = new FakePerfRing(_cpus.Count, size, _reader, startsAt);
        _cpus.Add(cpu);
        _reader.Add(cpu.Ring);
        return cpu;
    }

    private List<(int Cpu, byte[] Bytes)> Consume(int max = int.MaxValue)
    {
        var handler = new Collector { Records = [], Losses = [] };
        Assert.Equal(_reader.Consume(ref handler, max), handler.Records.Count);
        return handler.Records;
    }

    private struct Collector : IBpfPerfRecordHandler
    {
        public List<(int Cpu, byte[] Bytes)> Records;
        public List<(int Cpu, long Count)> Losses;

        public readonly bool Handle(int cpu, ReadOnlySpan<byte> record)
        {
            Records.Add((cpu, record.ToArray()));
            return true;
        }

        public readonly void HandleLost(int cpu, long count) => Losses.Add((cpu, count));
    }

    private struct Thrower : IBpfPerfRecordHandler
    {
        public readonly bool Handle(int cpu, ReadOnlySpan<byte> record) => throw new FormatException();

        public readonly void HandleLost(int cpu, long count) => Assert.Fail("nothing is lost");
    }

    private struct Closer : IBpfPerfRecordHandler
    {
        public PerfReader Reader;

        public readonly bool Handle(int cpu, ReadOnlySpan<byte> record)
        {
            Reader.Close();
            return true;
        }

        public readonly void HandleLost(int cpu, long count) => Assert.Fail("nothing is lost");
    }
}
