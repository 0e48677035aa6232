using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Access to memory that others write: in one piece where the processor can, so that no half-written value is seen.</summary>
internal static unsafe class SharedMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* at)
        where T : unmanaged
    {
        if (((nuint)at & (nuint)(sizeof(T) - 1)) == 0)
        {
            switch (sizeof(T))
            {
                case sizeof(byte):
                    byte one = Volatile.Read(ref *at);
                    return Unsafe.BitCast<byte, T>(one);
                case sizeof(ushort):
                    ushort two = Volatile.Read(ref *(ushort*)at);
                    return Unsafe.BitCast<ushort, T>(two);
                case sizeof(uint):
                    uint four = Volatile.Read(ref *(uint*)at);
                    return Unsafe.BitCast<uint, T>(four);
                case sizeof(ulong):
                    ulong eight = Volatile.Read(ref *(ulong*)at);
                    return Unsafe.BitCast<ulong, T>(eight);
            }
        }

        return MemoryMarshal.Read<T>(new ReadOnlySpan<byte>(at, sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(byte* at, in T value)
        where T : unmanaged
    {
        if (((nuint)at & (nuint)(sizeof(T) - 1)) == 0)
        {
            switch (sizeof(T))
            {
                case sizeof(byte):
                    Volatile.Write(ref *at, Unsafe.BitCast<T, byte>(value));
                    return;
                case sizeof(ushort):
                    Volatile.Write(ref *(ushort*)at, Unsafe.BitCast<T, ushort>(value));
                    return;
                case sizeof(uint):
                    Volatile.Write(ref *(uint*)at, Unsafe.BitCast<T, uint>(value));
                    return;
                case sizeof(ulong):
                    Volatile.Write(ref *(ulong*)at, Unsafe.BitCast<T, ulong>(value));
                    return;
            }
        }

        MemoryMarshal.Write(new Span<byte>(at, sizeof(T)), in value);
    }

    /// <summary>Reads neighbours that lie <paramref name="stride"/> bytes apart.</summary>
    public static void CopyFrom<T>(byte* at, Span<T> destination, int stride)
        where T : unmanaged
    {
        if (stride == sizeof(T))
        {
            new ReadOnlySpan<T>(at, destination.Length).CopyTo(destination);
            return;
        }

        foreach (ref T value in destination)
        {
            value = Load<T>(at);
            at += stride;
        }
    }

    /// <summary>Writes neighbours that lie <paramref name="stride"/> bytes apart.</summary>
    public static void CopyTo<T>(ReadOnlySpan<T> source, byte* at, int stride)
        where T : unmanaged
    {
        if (stride == sizeof(T))
        {
            source.CopyTo(new Span<T>(at, source.Length));
            return;
        }

        foreach (ref readonly T value in source)
        {
            Store(at, value);
            at += stride;
        }
    }
}
