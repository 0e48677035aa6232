using System.Buffers;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>
/// Many elements of a per-CPU map at once. The kernel exchanges the values of all CPUs, each rounded up to 8 bytes: where that changes something they
/// go through memory of the pool, else straight between the kernel and the caller's.
/// </summary>
internal static unsafe class PerCpuRanges
{
    /// <returns>How many elements there were, at most <paramref name="room"/>.</returns>
    public static int CopyTo<T>(BpfMap map, byte* keys, int room, Span<T> perCpu, int cpus, bool take)
        where T : unmanaged
    {
        int size = PerCpuValues.Size<T>(cpus);
        if (sizeof(T) % 8 == 0)
        {
            fixed (T* values = perCpu)
            {
                return CopyTo(map, keys, (byte*)values, size, room, take);
            }
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent(checked(room * size));
        int done = 0;
        try
        {
            fixed (byte* values = scratch)
            {
                return done = CopyTo(map, keys, values, size, room, take);
            }
        }
        catch (BpfSyscallException refused)
        {
            done = refused.CompletedCount;
            throw;
        }
        finally
        {
            PerCpuValues.Compact(scratch, perCpu[..(done * cpus)]);
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    public static void Set<T>(BpfMap map, byte* keys, int count, ReadOnlySpan<T> perCpu, int cpus)
        where T : unmanaged
    {
        int size = PerCpuValues.Size<T>(cpus);
        byte[]? scratch = Expand(perCpu);
        fixed (T* own = perCpu)
        fixed (byte* expanded = scratch)
        {
            HashTableRanges.Set(map, keys, scratch is null ? (byte*)own : expanded, size, count);
        }

        Return(scratch);
    }

    public static void ReadArray<T>(BpfMap map, int index, int count, Span<T> perCpu, int cpus)
        where T : unmanaged
    {
        int size = PerCpuValues.Size<T>(cpus);
        if (sizeof(T) % 8 == 0)
        {
            fixed (T* values = perCpu)
            {
                ArrayRanges.Read(map, index, (byte*)values, size, count);
            }

            return;
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent(checked(count * size));
        int done = count;
        try
        {
            fixed (byte* values = scratch)
            {
                ArrayRanges.Read(map, index, values, size, count);
            }
        }
        catch (BpfSyscallException refused)
        {
            done = refused.CompletedCount;
            throw;
        }
        finally
        {
            PerCpuValues.Compact(scratch, perCpu[..(done * cpus)]);
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    public static void WriteArray<T>(BpfMap map, int index, int count, ReadOnlySpan<T> perCpu, int cpus)
        where T : unmanaged
    {
        int size = PerCpuValues.Size<T>(cpus);
        byte[]? scratch = Expand(perCpu);
        fixed (T* own = perCpu)
        fixed (byte* expanded = scratch)
        {
            ArrayRanges.Write(map, index, scratch is null ? (byte*)own : expanded, size, count);
        }

        Return(scratch);
    }

    private static int CopyTo(BpfMap map, byte* keys, byte* values, int size, int room, bool take) =>
        take ? HashTableRanges.TakeTo(map, keys, values, size, room) : HashTableRanges.CopyTo(map, keys, values, size, room);

    /// <summary>The values as the kernel takes them; <see langword="null"/> where they are so already.</summary>
    private static byte[]? Expand<T>(ReadOnlySpan<T> perCpu)
        where T : unmanaged
    {
        if (sizeof(T) % 8 == 0)
        {
            return null;
        }

        int stride = PerCpuValues.Stride<T>();
        byte[] scratch = ArrayPool<byte>.Shared.Rent(checked(perCpu.Length * stride));
        Span<byte> rest = scratch.AsSpan(0, perCpu.Length * stride);
        rest.Clear();
        foreach (ref readonly T value in perCpu)
        {
            MemoryMarshal.Write(rest, in value);
            rest = rest[stride..];
        }

        return scratch;
    }

    private static void Return(byte[]? scratch)
    {
        if (scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
