using System.Buffers;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>The kernel takes each CPU's value rounded up to 8 bytes, and shows the rest to whoever reads: nothing of this process may be in there.</summary>
public sealed unsafe class PerCpuPaddingTests : KernelTest
{
    private const byte Dirt = 0xaa;

    [SkippableFact]
    public void Bytes_behind_a_value_are_zero() => Check<Twelve>(Twelve.From);

    [SkippableFact]
    public void Bytes_behind_a_value_that_does_not_fit_on_the_stack_are_zero() => Check<Large>(seed =>
    {
        var value = default(Large);
        ((Span<byte>)value).Fill((byte)seed);
        return value;
    });

    private static void Check<T>(Func<int, T> from)
        where T : unmanaged
    {
        using var array = BpfPerCpuArray<T>.Create("padded_array", 1);
        using var table = BpfPerCpuHashMap<int, T>.Create("padded_table", 1);
        T[] values = [.. Enumerable.Range(1, array.CpuCount).Select(from)];
        foreach (Action write in (Action[])[() => array.Write(0, values), () => array.WriteAll(0, values[0]), () => table.Set(0, values), () => table.SetAll(0, values[0])])
        {
            DirtyPool(PerCpuValues.Size<T>(array.CpuCount));
            DirtyStack();
            write();
        }

        AssertZeroBehind<T>(array.Map, array.CpuCount);
        AssertZeroBehind<T>(table.Map, array.CpuCount);
    }

    private static void AssertZeroBehind<T>(BpfMap map, int cpus)
        where T : unmanaged
    {
        byte[] raw = new byte[PerCpuValues.Size<T>(cpus)];
        int key = 0;
        fixed (byte* bytes = raw)
        {
            Assert.Equal(0, MapElements.Lookup(map.Handle, &key, bytes));
        }

        foreach (byte[] one in raw.Chunk(PerCpuValues.Stride<T>()))
        {
            Assert.NotEqual(0, one[0]);
            Assert.All(one[sizeof(T)..], behind => Assert.Equal(0, behind));
        }
    }

    private static void DirtyPool(int size)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(size);
        Array.Fill(rented, Dirt);
        ArrayPool<byte>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DirtyStack()
    {
        Span<byte> below = stackalloc byte[8192];
        below.Fill(Dirt);
    }

    [InlineArray(Length)]
    private struct Large
    {
        public const int Length = 1027;

        private byte _first;
    }
}
