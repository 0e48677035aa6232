namespace EbpfNet.Tests.RingBuffers;

/// <summary>Rings that overwrite their oldest records, with the order of what their reader asks of the writers.</summary>
public sealed class PerfOverwritingReaderTests : IDisposable
{
    private const int Size = 4096;
    private const int Records = Size / 16; // A record takes 16 bytes.

    private readonly PerfReader _reader = new("perf buffer 'fake'", drainsOnClose: false, () => { });
    private readonly List<FakePerfRing> _cpus = [];
    private readonly Writing _writing = new();

    public void Dispose() => _cpus.ForEach(cpu => cpu.Dispose());

    [Theory]
    [InlineData(5)] // All there is.
    [InlineData(1000)] // Several times around.
    public void What_is_left_is_given_the_oldest_first_and_each_only_once(int count)
    {
        FakePerfRing cpu = AddCpu();
        Write(cpu, 0, count);
        Assert.Equal(Enumerable.Range(Math.Max(0, count - Records), Math.Min(count, Records)), Consume());
        Assert.Empty(Consume());
        Write(cpu, -1, 1);
        Assert.Equal([-1], Consume());
    }

    [Fact]
    public void Rings_that_hold_something_are_paused_before_any_is_read_and_those_who_write_are_waited_for_once()
    {
        Write(AddCpu(), 1, 1);
        AddCpu();
        Write(AddCpu(), 3, 1);
        Assert.Equal([1, 3], Consume(found => _writing.Log.Add($"read {found}")));
        Assert.Equal(["pause 0", "pause 2", "wait", "read 1", "resume 0", "read 3", "resume 2"], _writing.Log);
        _writing.Log.Clear();
        Assert.Empty(Consume());
        Assert.Empty(_writing.Log);
    }

    [Fact]
    public void A_record_that_was_being_written_when_its_ring_was_paused_is_read_and_what_it_overwrites_is_not()
    {
        FakePerfRing cpu = AddCpu();
        Write(cpu, 0, Records);
        _writing.Finish = () => Write(cpu, Records, 2);
        Assert.Equal(Enumerable.Range(2, Records), Consume());
    }

    [Fact]
    public void A_limit_an_exception_and_a_refusal_leave_no_ring_paused()
    {
        Write(AddCpu(), 1, 2);
        Write(AddCpu(), 3, 1);
        Assert.Equal([1], Consume(maxRecords: 1));
        Assert.Empty(_writing.Paused);
        Assert.Throws<FormatException>(() => Consume(_ => throw new FormatException()));
        Assert.Empty(_writing.Paused);
        _writing.Finish = () => throw new BpfSyscallException("wait", "membarrier", BpfErrno.EPERM);
        Assert.Throws<BpfSyscallException>(() => Consume());
        Assert.Empty(_writing.Paused);
        _writing.Finish = () => { };
        Assert.Equal([2], Consume());
    }

    private static void Write(FakePerfRing cpu, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            cpu.WriteBackward(BitConverter.GetBytes(i));
        }
    }

    private FakePerfRing AddCpu()
    {
        var cpu = new FakePerfRing(_cpus.Count, Size, _reader);
        _cpus.Add(cpu);
        _reader.Add(cpu.Ring);
        return cpu;
    }

    private List<int> Consume(Action<int>? look = null, int maxRecords = int.MaxValue)
    {
        var found = new List<int>();
        var handler = new BpfPerfBuffer.ActionHandler((_, record) =>
        {
            found.Add(BitConverter.ToInt32(record));
            look?.Invoke(found[^1]);
        });
        _reader.Consume(ref handler, maxRecords, _writing);
        return found;
    }

    private sealed class Writing : IPerfWriting
    {
        public List<string> Log { get; } = [];

        public HashSet<PerfRing> Paused { get; } = [];

        /// <summary>What programs do that began it before.</summary>
        public Action Finish { get; set; } = () => { };

        public void Pause(PerfRing ring, bool paused)
        {
            Log.Add($"{(paused ? "pause" : "resume")} {ring.Cpu}");
            Assert.True(paused ? Paused.Add(ring) : Paused.Remove(ring));
        }

        public void WaitForWriters()
        {
            Log.Add("wait");
            Finish();
        }
    }
}
