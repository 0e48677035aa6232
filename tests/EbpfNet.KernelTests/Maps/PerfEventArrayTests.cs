using System.Diagnostics;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.RingBuffers;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Perf events in an array, read as counters by a program on each CPU.</summary>
public sealed class PerfEventArrayTests : KernelTest
{
    private const ulong CurrentCpu = 0xffffffff; // BPF_F_CURRENT_CPU

    private readonly BpfObject _loaded;

    public PerfEventArrayTests() => _loaded = BpfObject.Load(TestObjects.ReadOnly("cgroup_perf", "read_counter"));

    private BpfPerfEventArray Counters => _loaded.GetPerfEventArray("counters");

    public override void Dispose()
    {
        _loaded.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void Programs_read_the_clock_of_each_CPU()
    {
        IReadOnlyList<int> cpus = OnlineCpus.Read()!;
        Assert.Equal(PossibleCpus.Count, Counters.Length);
        var elapsed = Stopwatch.StartNew();

        Assert.Equal(cpus.Count, Counters.SetAll(BpfPerfCounter.CpuClock));

        foreach (int cpu in cpus)
        {
            Counted first = Read(cpu, CurrentCpu);
            Thread.Sleep(5);
            Counted second = Read(cpu, (ulong)cpu);
            Assert.InRange(second.Counter - first.Counter, 5_000_000ul, (ulong)elapsed.Elapsed.TotalNanoseconds);
            Assert.InRange(second.Running, second.Counter - 1_000_000, second.Enabled);
        }

        Counters.Clear();
        Assert.All(cpus, cpu => Assert.Equal(-(int)BpfErrno.ENOENT, TryRead(cpu, CurrentCpu, out _)));
    }

    [SkippableFact]
    public void An_event_is_at_the_index_that_was_said_until_it_is_taken_out()
    {
        int cpu = OnlineCpus.Read()![^1];
        Counters.Set(0, BpfPerfCounter.ContextSwitches, cpu);
        ulong before = Read(cpu, 0).Counter;
        OnCpu.Run(cpu, () =>
        {
            for (int i = 0; i < 20; i++)
            {
                Thread.Sleep(1);
            }
        });
        Assert.True(Read(cpu, 0).Counter >= before + 20);
        Counters.Set(0, BpfPerfCounter.TaskClock, cpu);
        Assert.NotEqual(0ul, Read(cpu, 0).Counter);
        Assert.True(Counters.Remove(0));
        Assert.False(Counters.Remove(0));
        Assert.Equal(-(int)BpfErrno.ENOENT, TryRead(cpu, 0, out _));
    }

    [SkippableFact]
    public void A_hardware_counter_is_read_or_refused_where_there_is_none()
    {
        try
        {
            Counters.SetAll(BpfPerfCounter.Instructions);
        }
        catch (BpfSyscallException e) when (e.Error is BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP)
        {
            Assert.Contains("This machine does not count that", e.Message, StringComparison.Ordinal);
            return;
        }

        Counted first = Read(0, CurrentCpu);
        Assert.True(Read(0, CurrentCpu).Counter > first.Counter);
    }

    [SkippableTheory]
    [InlineData(BpfMapFlags.None, false)]
    [InlineData(BpfMapFlags.PreserveElements, true)]
    public void An_event_goes_with_the_descriptor_that_put_it_in_unless_the_map_keeps_it(BpfMapFlags flags, bool stays)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("cgroup_perf", "read_counter");
        spec.Maps["counters"].Flags = flags;
        using BpfObject loaded = BpfObject.Load(spec);
        using (BpfMap again = BpfMap.OpenById(loaded.Maps["counters"].Id))
        {
            new BpfPerfEventArray(again).Set(0, BpfPerfCounter.CpuClock, cpu: 0);
            Assert.Equal(0, TryRead(loaded, 0, 0, out _));
        }

        Assert.Equal(stays ? 0 : -(int)BpfErrno.ENOENT, TryRead(loaded, 0, 0, out _));
    }

    [SkippableFact]
    public void What_is_no_counter_or_not_there_is_refused()
    {
        using FileStream file = File.OpenRead("/proc/self/status");
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => Counters.Set(0, file.SafeFileHandle));
        Assert.Contains("put a perf event into map 'counters'", e.Message, StringComparison.Ordinal);
        Assert.Contains("not one of a perf event", e.Message, StringComparison.Ordinal);
        using (BpfHandle opened = PerfEvent.OpenCounter(1, 0, 0, "a test")!)
        {
            Counters.Set(0, opened);
        }

        Assert.NotEqual(0ul, Read(0, 0).Counter);
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => Counters.Set(0, BpfPerfCounter.CpuClock, 100_000));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => Counters.Set(Counters.Length, BpfPerfCounter.CpuClock, 0));
        Assert.Throws<ArgumentNullException>("perfEvent", () => Counters.Set(0, null!));
        Assert.Throws<BpfSyscallException>(() => Counters.SetAll(new BpfPerfCounter(1, 9999)));
        using var array = BpfPerfEventArray.Create("counters");
        Assert.Equal(PossibleCpus.Count, array.Length);
        Assert.Contains("BpfPerfEventArray", Assert.Throws<ArgumentException>("map", () => new BpfCgroupArray(array.Map)).Message, StringComparison.Ordinal);
    }

    private static int TryRead(BpfObject loaded, int cpu, ulong flags, out Counted value)
    {
        loaded.GetVariable<ulong>("flags").Value = flags;
        loaded.Programs["read_counter"].TestRun(new BpfTestRun { Cpu = cpu });
        value = loaded.GetVariable<Counted>("value").Value;
        return (int)loaded.GetVariable<long>("answer").Value;
    }

    private int TryRead(int cpu, ulong flags, out Counted value) => TryRead(_loaded, cpu, flags, out value);

    private Counted Read(int cpu, ulong flags)
    {
        Assert.Equal(0, TryRead(cpu, flags, out Counted value));
        return value;
    }

    /// <summary><c>struct bpf_perf_event_value</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Counted
    {
        public ulong Counter;
        public ulong Enabled;
        public ulong Running;
    }
}
