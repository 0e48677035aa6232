using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Values of one CPU: read on every kernel, written where it has that (Linux 7.0).</summary>
public sealed class SingleCpuTests : KernelTest
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_CPUs_value_is_read_from_among_all(bool oldKernel)
    {
        using FeatureProbe.Scope? old = oldKernel ? KernelProbes.SingleCpuElements.Override(false) : null;
        CheckReading<One>();
        CheckReading<Four>();
        CheckReading<Twelve>();
        CheckReading<Sixteen>();
    }

    [SkippableFact]
    public void One_CPUs_value_is_written_alone_or_refused_naming_the_kernel_that_can()
    {
        CheckWriting<One>();
        CheckWriting<Four>();
        CheckWriting<Twelve>();
        CheckWriting<Sixteen>();
    }

    [SkippableFact]
    public void A_kernel_that_is_thought_to_know_single_CPUs_is_asked_for_one()
    {
        bool knows = KernelProbes.SingleCpuElements.Forget().IsPresent;
        using FeatureProbe.Scope forced = KernelProbes.SingleCpuElements.Override(true);
        using var array = BpfPerCpuArray<ulong>.Create("asked", 1);
        if (knows)
        {
            array.Write(0, 0, 5);
            Assert.Equal(5ul, array.Read(0, 0));
            array.WriteAll(0, 6);
            Assert.Equal(6ul * (ulong)array.CpuCount, array.Sum(0));
        }
        else
        {
            // A kernel that does not know the flags refuses them.
            Assert.Equal(BpfErrno.EINVAL, Assert.Throws<BpfSyscallException>(() => array.Write(0, 0, 5)).Error);
            Assert.Equal(BpfErrno.EINVAL, Assert.Throws<BpfSyscallException>(() => array.Read(0, 0)).Error);
            Assert.Equal(BpfErrno.EINVAL, Assert.Throws<BpfSyscallException>(() => array.WriteAll(0, 6)).Error);
        }
    }

    [SkippableFact]
    public void A_request_for_one_CPU_carries_its_number_in_the_upper_half_of_the_flags()
    {
        var request = new MapElementAttribute { MapFd = 7, Flags = PerCpuValues.FlagsFor(0x123) };
        byte[] bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<MapElementAttribute>(in request)).ToArray();

        Assert.Equal([7, 0, 0, 0], bytes[..4]);
        Assert.Equal(new byte[20], bytes[4..24]);
        Assert.Equal([8, 0, 0, 0, 0x23, 1, 0, 0], bytes[24..]);
    }

    [SkippableFact]
    public void There_is_no_CPU_beyond_the_last()
    {
        using var array = BpfPerCpuArray<uint>.Create("last", 1);
        using var map = BpfPerCpuHashMap<int, uint>.Create("last_hash", 1);
        map.SetAll(1, 1);
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => array.Read(0, array.CpuCount));
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => array.Write(0, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => array.Read(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => map.TryGetValue(1, map.CpuCount, out _));
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => map.Set(1, -1, 0));
        Assert.Throws<KeyNotFoundException>(() => map[2, 0]);
    }

    private static void CheckReading<T>()
        where T : unmanaged, ITestValue<T>
    {
        using var array = BpfPerCpuArray<T>.Create("single", 3);
        using var map = BpfPerCpuHashMap<int, T>.Create("single_hash", 3);
        T[] values = [.. Enumerable.Range(40, array.CpuCount).Select(T.From)];
        array.Write(1, values);
        map.Set(5, values);
        for (int cpu = 0; cpu < array.CpuCount; cpu++)
        {
            Assert.Equal(values[cpu], array.Read(1, cpu));
            Assert.Equal(default, array.Read(2, cpu));
            Assert.True(map.TryGetValue(5, cpu, out T found));
            Assert.Equal(values[cpu], found);
            Assert.Equal(values[cpu], map[5, cpu]);
            Assert.False(map.TryGetValue(6, cpu, out found));
            Assert.Equal(default, found);
        }
    }

    private static void CheckWriting<T>()
        where T : unmanaged, ITestValue<T>
    {
        using var array = BpfPerCpuArray<T>.Create("single", 3);
        using var map = BpfPerCpuHashMap<int, T>.Create("single_hash", 3);
        using var lru = BpfPerCpuHashMap<int, T>.Create("single_lru", 64, lru: true);
        T[] values = [.. Enumerable.Range(40, array.CpuCount).Select(T.From)];
        array.Write(1, values);
        map.Set(5, values);
        if (!KernelProbes.SingleCpuElements.IsPresent)
        {
            Assert.Contains("Linux 7.0", Assert.Throws<BpfNotSupportedException>(() => array.Write(1, 0, values[0])).Message, StringComparison.Ordinal);
            Assert.Throws<BpfNotSupportedException>(() => map.Set(5, 0, values[0]));
            return;
        }

        int last = array.CpuCount - 1;
        values[last] = T.From(77);
        array.Write(1, last, T.From(77));
        map.Set(5, last, T.From(77));
        map[6, last] = T.From(78);
        lru.Set(7, 0, T.From(79));
        var found = new T[array.CpuCount];
        array.Read(1, found);
        Assert.Equal(values, found);
        Assert.True(map.TryGetValue(5, found));
        Assert.Equal(values, found);
        Assert.True(map.TryGetValue(6, found));
        Assert.Equal([.. new T[last], T.From(78)], found);
        Assert.Equal(T.From(79), lru[7, 0]);
    }
}
