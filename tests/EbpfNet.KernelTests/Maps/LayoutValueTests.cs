using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Maps;

/// <summary>What a C program wrote into structs of every shape is read through C# structs, field by field.</summary>
public sealed class LayoutValueTests : KernelTest
{
    private readonly BpfObject _object;

    public LayoutValueTests()
    {
        _object = BpfObject.Load(TestObjects.Read("layouts"));
        Assert.Equal(1u, _object.Programs["fill"].TestRun(new BpfTestRun(new byte[14])).ReturnValue);
    }

    private enum Color
    {
        Blue = 3,
    }

    public override void Dispose()
    {
        _object.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void Scalars_of_every_size()
    {
        Scalars value = Read<Scalars>("scalars_map");

        Assert.True(value.Yes);
        Assert.Equal(((byte)'x', -7, 200, -12345, 54321), (value.Letter, value.Tiny, value.Byte, value.Small, value.Port));
        Assert.Equal((-1234567890, 3234567890u, -1234567890123456789, 12345678901234567890, Color.Blue), (value.Number, value.Count, value.Large, value.Total, value.Color));
    }

    [SkippableFact]
    public void Arrays_of_numbers_text_and_structs()
    {
        Arrays value = Read<Arrays>("arrays_map");

        Assert.Equal("ebpfnet\0\0\0\0\0\0\0\0\0"u8, value.Comm);
        Assert.Equal((ReadOnlySpan<byte>)[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5], value.Mac);
        Assert.Equal((ReadOnlySpan<uint>)[100, 200, 300], value.Numbers);
        Assert.Equal((80, 1, 11u), (value.Inners[0].Port, value.Inners[0].Flags, value.Inners[0].Weight));
        Assert.Equal((443, 2, 22u), (value.Inners[1].Port, value.Inners[1].Flags, value.Inners[1].Weight));
        Assert.Equal((ReadOnlySpan<ushort>)[0, 1, 2, 10, 11, 12], value.Matrix);
    }

    [SkippableFact]
    public void Nested_structs_and_anonymous_unions()
    {
        Nested value = Read<Nested>("nested_map");

        Assert.Equal((8080, 3, 33u), (value.First.Port, value.First.Flags, value.First.Weight));
        Assert.Equal((1u, 2u), (value.A, value.B));
        Assert.Equal(0x04030201u, value.Ipv4);
        Assert.Equal(0x22222222_11111111ul, value.Named);
    }

    [SkippableFact]
    public void A_packed_struct()
    {
        Packed value = Read<Packed>("packed_map");

        Assert.Equal((9, 0xdeadbeefu, 0x1234), (value.Tag, value.Value, value.Tail));
    }

    [SkippableFact]
    public void Fields_in_another_order_than_the_types_are_refused_by_name()
    {
        Assert.Equal((2ul, 3000ul), (Read<PacketsThenBytes>("ordered_map").Packets, Read<PacketsThenBytes>("ordered_map").Bytes));

        BpfLayoutException refusal = Assert.Throws<BpfLayoutException>(() => Read<PacketsThenBytes>("swapped_map"));
        Assert.Contains(refusal.FieldName, new[] { "Packets", "Bytes" });
        Assert.Equal(new int?[] { 0, 8 }, new[] { refusal.ActualOffset, refusal.ExpectedOffset }.Order());
    }

    private T Read<T>(string map)
        where T : unmanaged
    {
        using BpfArray<T> view = new(_object.Maps[map]);
        view.Read(0, out T value);
        return value;
    }

#pragma warning disable CS0649, IDE0044 // written by the program
    private struct Inner
    {
        public ushort Port;
        public byte Flags;
        public uint Weight;
    }

    private struct Scalars
    {
        public bool Yes;
        public byte Letter;
        public sbyte Tiny;
        public byte Byte;
        public short Small;
        public ushort Port;
        public int Number;
        public uint Count;
        public long Large;
        public ulong Total;
        public Color Color;
    }

    private struct Arrays
    {
        public Bytes16 Comm;
        public Bytes6 Mac;
        public Numbers3 Numbers;
        public Inners2 Inners;
        public Matrix6 Matrix;
    }

    [StructLayout(LayoutKind.Explicit, Size = 40)]
    private struct Nested
    {
        [FieldOffset(0)]
        public Inner First;
        [FieldOffset(8)]
        public uint A;
        [FieldOffset(12)]
        public uint B;
        [FieldOffset(16)]
        public uint Ipv4;
        [FieldOffset(16)]
        public Bytes16 Ipv6;
        [FieldOffset(32)]
        public ulong Named;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Packed
    {
        public byte Tag;
        public uint Value;
        public ushort Tail;
    }

    private struct PacketsThenBytes
    {
        public ulong Packets;
        public ulong Bytes;
    }

    [InlineArray(16)]
    private struct Bytes16
    {
        private byte _first;
    }

    [InlineArray(6)]
    private struct Bytes6
    {
        private byte _first;
    }

    [InlineArray(3)]
    private struct Numbers3
    {
        private uint _first;
    }

    [InlineArray(2)]
    private struct Inners2
    {
        private Inner _first;
    }

    [InlineArray(6)]
    private struct Matrix6
    {
        private ushort _first;
    }
#pragma warning restore CS0649, IDE0044
}
