using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Maps;

public class BpfBitFieldTests
{
    private const int Bytes = 24;

    [Fact]
    public void A_bit_field_holds_its_bits_and_leaves_the_others_alone()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            int width = random.Next(1, 65);
            int bit = random.Next((Bytes * 8) - width + 1);
            ulong value = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            Block block = default;
            random.NextBytes(MemoryMarshal.AsBytes(new Span<Block>(ref block)));
            BigInteger before = Number(block);
            BigInteger mask = ((BigInteger.One << width) - 1) << bit;

            BpfBitField.Write(ref block, bit, width, value);

            BigInteger after = Number(block);
            Assert.Equal(before & ~mask, after & ~mask);
            Assert.Equal(value & (ulong.MaxValue >> (64 - width)), BpfBitField.Read(in block, bit, width));
            Assert.Equal((after & mask) >> bit, BpfBitField.Read(in block, bit, width));
            Assert.Equal((long)(value << (64 - width)) >> (64 - width), BpfBitField.ReadSigned(in block, bit, width));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 65)]
    [InlineData((Bytes * 8) - 1, 2)]
    [InlineData(int.MaxValue, 64)]
    public void Bits_that_are_not_there_are_refused(int bit, int width)
    {
        Block block = default;

        Assert.Throws<ArgumentOutOfRangeException>(() => BpfBitField.Read(in block, bit, width));
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfBitField.Write(ref block, bit, width, 0));
    }

    private static BigInteger Number(Block block) => new(MemoryMarshal.AsBytes(new ReadOnlySpan<Block>(in block)), isUnsigned: true);

    [InlineArray(Bytes)]
    private struct Block
    {
        private byte _first;
    }
}
