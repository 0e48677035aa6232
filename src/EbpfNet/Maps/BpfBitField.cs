using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Reads and writes bit fields of C structs: what the properties of generated types call.</summary>
/// <remarks>Bits are counted as BTF counts them: from the lowest bit of the first byte on little-endian machines, from the highest on big-endian ones.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class BpfBitField
{
    /// <summary>The value of a bit field without a sign.</summary>
    /// <typeparam name="T">The struct.</typeparam>
    /// <param name="owner">The struct's value.</param>
    /// <param name="bit">The field's first bit, from the start of the struct.</param>
    /// <param name="width">How many bits it has: 1 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bits do not lie in the struct, or are too many.</exception>
    public static ulong Read<T>(ref readonly T owner, int bit, int width)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in owner));
        Require(bytes.Length, bit, width);
        UInt128 all = 0;
        int first = bit / 8;
        int end = (bit + width + 7) / 8;
        for (int i = first; i < end; i++)
        {
            all = BitConverter.IsLittleEndian ? all | ((UInt128)bytes[i] << ((i - first) * 8)) : (all << 8) | bytes[i];
        }

        return (ulong)(all >> Shift(bit, width, first, end)) & Mask(width);
    }

    /// <summary>The value of a bit field with a sign.</summary>
    /// <typeparam name="T">The struct.</typeparam>
    /// <param name="owner">The struct's value.</param>
    /// <param name="bit">The field's first bit, from the start of the struct.</param>
    /// <param name="width">How many bits it has: 1 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bits do not lie in the struct, or are too many.</exception>
    public static long ReadSigned<T>(ref readonly T owner, int bit, int width)
        where T : unmanaged => (long)(Read(in owner, bit, width) << (64 - width)) >> (64 - width);

    /// <summary>Sets a bit field and leaves all other bits as they are.</summary>
    /// <typeparam name="T">The struct.</typeparam>
    /// <param name="owner">The struct's value.</param>
    /// <param name="bit">The field's first bit, from the start of the struct.</param>
    /// <param name="width">How many bits it has: 1 to 64.</param>
    /// <param name="value">The value; of one that does not fit the lowest bits are taken, as in C.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bits do not lie in the struct, or are too many.</exception>
    public static void Write<T>(ref T owner, int bit, int width, ulong value)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref owner));
        Require(bytes.Length, bit, width);
        int first = bit / 8;
        int end = (bit + width + 7) / 8;
        int shift = Shift(bit, width, first, end);
        UInt128 mask = (UInt128)Mask(width) << shift;
        UInt128 bits = ((UInt128)value << shift) & mask;
        for (int i = first; i < end; i++)
        {
            int place = (BitConverter.IsLittleEndian ? i - first : end - 1 - i) * 8;
            bytes[i] = (byte)((bytes[i] & ~(byte)(mask >> place)) | (byte)(bits >> place));
        }
    }

    private static int Shift(int bit, int width, int first, int end) => BitConverter.IsLittleEndian ? bit - (first * 8) : (end * 8) - bit - width;

    private static ulong Mask(int width) => ulong.MaxValue >> (64 - width);

    private static void Require(int size, int bit, int width, [CallerArgumentExpression(nameof(bit))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, 64);
        ArgumentOutOfRangeException.ThrowIfNegative(bit, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bit + (long)width, size * 8L, name);
    }
}
