using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// The values of all CPUs as user space and the kernel exchange them: each rounded up to 8 bytes. Between them and the caller's arrays there is a copy
/// only where the rounding changes something.
/// </summary>
internal static unsafe class PerCpuValues
{
    private const int StackBytes = 1024;

    public static int Stride<T>()
        where T : unmanaged => (sizeof(T) + 7) & ~7;

    public static int Size<T>(int cpus)
        where T : unmanaged => checked(Stride<T>() * cpus);

    public static T Read<T>(ReadOnlySpan<byte> values, int cpu)
        where T : unmanaged => MemoryMarshal.Read<T>(values[(cpu * Stride<T>())..]);

    public static void Compact<T>(ReadOnlySpan<byte> from, Span<T> to)
        where T : unmanaged
    {
        for (int cpu = 0; cpu < to.Length; cpu++)
        {
            to[cpu] = Read<T>(from, cpu);
        }
    }

    public static T Sum<T>(ReadOnlySpan<byte> values)
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        T sum = Read<T>(values, 0);
        for (int at = Stride<T>(); at < values.Length; at += Stride<T>())
        {
            sum += MemoryMarshal.Read<T>(values[at..]);
        }

        return sum;
    }

    public static T Aggregate<T>(ReadOnlySpan<byte> values, Func<T, T, T> combine)
        where T : unmanaged
    {
        T result = Read<T>(values, 0);
        for (int at = Stride<T>(); at < values.Length; at += Stride<T>())
        {
            result = combine(result, MemoryMarshal.Read<T>(values[at..]));
        }

        return result;
    }

    /// <summary>Looks an element up, or takes it out, into the caller's buffer.</summary>
    [SkipLocalsInit]
    public static int Lookup<T>(BpfMap map, void* key, Span<T> perCpu, int cpus, bool take = false)
        where T : unmanaged
    {
        if (perCpu.Length < cpus)
        {
            MapErrors.ThrowBufferTooSmall(map, perCpu.Length, cpus);
        }

        if (sizeof(T) % 8 == 0)
        {
            fixed (T* values = perCpu)
            {
                return Lookup(map, key, values, take);
            }
        }

        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackBytes];
        int result;
        fixed (byte* values = scratch)
        {
            result = Lookup(map, key, values, take);
        }

        if (result >= 0)
        {
            Compact(scratch, perCpu[..cpus]);
        }

        Return(rented);
        return result;
    }

    [SkipLocalsInit]
    public static int Sum<T>(BpfMap map, void* key, int cpus, out T sum)
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackBytes];
        int result;
        fixed (byte* values = scratch)
        {
            result = Lookup(map, key, values, take: false);
        }

        sum = result >= 0 ? Sum<T>(scratch[..size]) : default;
        Return(rented);
        return result;
    }

    [SkipLocalsInit]
    public static int Aggregate<T>(BpfMap map, void* key, int cpus, Func<T, T, T> combine, out T combined)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(combine);
        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackBytes];
        int result;
        fixed (byte* values = scratch)
        {
            result = Lookup(map, key, values, take: false);
        }

        combined = result >= 0 ? Aggregate(scratch[..size], combine) : default;
        Return(rented);
        return result;
    }

    /// <summary>What a request says that is about one CPU only.</summary>
    public static ulong FlagsFor(int cpu) => (ulong)BpfElementFlags.Cpu | ((ulong)(uint)cpu << 32);

    /// <summary>Looks up one CPU's value: alone where the kernel can (Linux 7.0), else with all others.</summary>
    [SkipLocalsInit]
    public static int Lookup<T>(BpfMap map, void* key, int cpu, int cpus, out T value)
        where T : unmanaged
    {
        RequireCpu(map, cpu, cpus);
        int result;
        if (KernelProbes.SingleCpuElements.IsPresent)
        {
            Unsafe.SkipInit(out value);
            fixed (T* one = &value)
            {
                result = MapElements.Lookup(map.Handle, key, one, FlagsFor(cpu));
            }

            value = result >= 0 ? value : default;
            return result;
        }

        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackBytes];
        fixed (byte* values = scratch)
        {
            result = MapElements.Lookup(map.Handle, key, values);
        }

        value = result >= 0 ? Read<T>(scratch, cpu) : default;
        Return(rented);
        return result;
    }

    /// <summary>Stores one CPU's value. To read all, change one and write all back would undo what programs do meanwhile: there is no other way.</summary>
    public static int Update<T>(BpfMap map, void* key, int cpu, int cpus, in T value)
        where T : unmanaged
    {
        RequireCpu(map, cpu, cpus);
        if (KernelProbes.SingleCpuElements.IsMissing)
        {
            MapErrors.ThrowNoSingleCpu(map);
        }

        fixed (T* one = &value)
        {
            return MapElements.Update(map.Handle, key, one, FlagsFor(cpu));
        }
    }

    /// <summary>Stores one value for each CPU.</summary>
    [SkipLocalsInit]
    public static int Update<T>(BpfMap map, void* key, ReadOnlySpan<T> perCpu, int cpus, ulong flags)
        where T : unmanaged
    {
        if (perCpu.Length != cpus)
        {
            MapErrors.ThrowWrongCount(map, perCpu.Length, cpus);
        }

        if (sizeof(T) % 8 == 0)
        {
            fixed (T* values = perCpu)
            {
                return MapElements.Update(map.Handle, key, values, flags);
            }
        }

        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = (rented ?? stackalloc byte[StackBytes])[..size];
        scratch.Clear();
        for (int cpu = 0; cpu < cpus; cpu++)
        {
            MemoryMarshal.Write(scratch[(cpu * Stride<T>())..], in perCpu[cpu]);
        }

        return Update(map, key, scratch, rented, flags);
    }

    /// <summary>Stores the same value for all CPUs.</summary>
    [SkipLocalsInit]
    public static int UpdateAll<T>(BpfMap map, void* key, in T value, int cpus, ulong flags)
        where T : unmanaged
    {
        // The kernel combines this with no other flag.
        if (flags == (ulong)BpfElementFlags.Any && KernelProbes.SingleCpuElements.IsPresent)
        {
            fixed (T* one = &value)
            {
                return MapElements.Update(map.Handle, key, one, (ulong)BpfElementFlags.AllCpus);
            }
        }

        int size = Size<T>(cpus);
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> scratch = (rented ?? stackalloc byte[StackBytes])[..size];
        scratch.Clear();
        for (int at = 0; at < size; at += Stride<T>())
        {
            MemoryMarshal.Write(scratch[at..], in value);
        }

        return Update(map, key, scratch, rented, flags);
    }

    private static void RequireCpu(BpfMap map, int cpu, int cpus)
    {
        if ((uint)cpu >= (uint)cpus)
        {
            MapErrors.ThrowCpu(map, cpu, cpus);
        }
    }

    private static int Lookup(BpfMap map, void* key, void* values, bool take) =>
        take ? MapElements.LookupAndDelete(map.Handle, key, values) : MapElements.Lookup(map.Handle, key, values);

    private static int Update(BpfMap map, void* key, ReadOnlySpan<byte> scratch, byte[]? rented, ulong flags)
    {
        int result;
        fixed (byte* values = scratch)
        {
            result = MapElements.Update(map.Handle, key, values, flags);
        }

        Return(rented);
        return result;
    }

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
