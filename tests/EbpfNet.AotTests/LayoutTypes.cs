using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.AotTests;

// C# structs for the C structs of tests/bpf/layouts.bpf.c: those that fit, and those that are wrong in one way each.
// Their fields are there to be looked at, not to be used.
#pragma warning disable CS0169, CS0649, IDE0044, IDE0051

internal enum Color : uint
{
    Red = 1,
    Green = 2,
    Blue = 3,
}

internal struct Inner
{
    public ushort Port;
    public byte Flags;
    public uint Weight;
}

internal struct Scalars
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

/// <summary>Marshalling would give Letter one byte and Yes four: only the managed layout is this.</summary>
internal struct ScalarsWithChar
{
    public bool Yes;
    public char Letter;
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

/// <summary>A C# char has two bytes: it may stand for a 16-bit number.</summary>
internal struct ScalarsWithCharForPort
{
    public bool Yes;
    public byte Letter;
    public sbyte Tiny;
    public byte Byte;
    public short Small;
    public char Port;
    public int Number;
    public uint Count;
    public long Large;
    public ulong Total;
    public Color Color;
}

internal struct ScalarsReordered
{
    public bool Yes;
    public byte Letter;
    public sbyte Tiny;
    public byte Byte;
    public ushort Port;
    public short Small;
    public int Number;
    public uint Count;
    public long Large;
    public ulong Total;
    public Color Color;
}

internal struct ScalarsRenamed
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
    public ulong Sum;
    public Color Color;
}

internal struct ScalarsNamedByAttribute
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

    [BpfField("total")]
    public ulong Sum;

    [field: BpfField("color")]
    public Color Paint { get; set; }
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct ScalarsWithHole
{
    [FieldOffset(0)]
    public bool Yes;

    [FieldOffset(1)]
    public byte Letter;

    [FieldOffset(2)]
    public sbyte Tiny;

    [FieldOffset(3)]
    public byte Byte;

    [FieldOffset(4)]
    public short Small;

    [FieldOffset(6)]
    public ushort Port;

    [FieldOffset(8)]
    public int Number;

    [FieldOffset(12)]
    public uint Count;

    [FieldOffset(16)]
    public long Large;

    [FieldOffset(32)]
    public Color Color;
}

internal struct ScalarsWithPadding
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
    private ulong _pad0;
    public Color Color;
    private uint _endsHere;
}

internal struct ScalarsTooWide
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
    public ulong Color;
}

[StructLayout(LayoutKind.Auto)]
internal struct ScalarsAuto
{
    public bool Yes;
    public byte Letter;
    public ulong Total;
}

internal struct HoldsAuto
{
    public DateTime Bytes;
    public ulong Packets;
}

[InlineArray(6)]
internal struct Mac
{
    private byte _first;
}

[InlineArray(2)]
internal struct TwoInners
{
    private Inner _first;
}

internal unsafe struct Arrays
{
    public fixed byte Comm[16];
    public Mac Mac;
    public fixed uint Numbers[3];
    public TwoInners Inners;
    public fixed ushort Matrix[6];
}

internal unsafe struct ArraysTooShort
{
    public fixed byte Comm[16];
    public Mac Mac;
    public fixed uint Numbers[2];
    public TwoInners Inners;
    public fixed ushort Matrix[6];
}

[InlineArray(64)]
internal struct RawBytes
{
    private byte _first;
}

[StructLayout(LayoutKind.Explicit)]
internal struct Named
{
    [FieldOffset(0)]
    public ulong Whole;

    [FieldOffset(0)]
    public uint Low;

    [FieldOffset(4)]
    public uint High;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct Nested
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
    public fixed byte Ipv6[16];

    [FieldOffset(32)]
    public Named Named;
}

/// <summary>Of the union's members only the large one.</summary>
internal struct NestedSequential
{
    public Inner First;
    public uint A;
    public uint B;
    public UInt128Halves Ipv6;
    public ulong Named;
}

internal struct UInt128Halves
{
    public ulong Low;
    public ulong High;
}

internal struct InnerReordered
{
    public byte Flags;
    public ushort Port;
    public uint Weight;
}

internal struct NestedWrongInside
{
    public InnerReordered First;
    public uint A;
    public uint B;
    public UInt128Halves Ipv6;
    public ulong Named;
}

internal struct InnerDescribed : IBpfLayout<InnerDescribed>
{
    public byte Flags;
    public ushort Port;
    public uint Weight;

    static BpfTypeLayout IBpfLayout<InnerDescribed>.Layout { get; } = new(8, new("flags", 0, 1), new("port", 2, 2), new("weight", 4, 4));
}

internal struct NestedWrongDescribed
{
    public InnerDescribed First;
    public uint A;
    public uint B;
    public UInt128Halves Ipv6;
    public ulong Named;
}

internal struct NestedShifted
{
    public ulong A;
    public Inner First;
    public UInt128Halves Ipv6;
    public ulong Named;
}

internal struct Bitfields
{
    public uint Flags;
    public byte SignedFour;
    public ulong Wide;
}

internal struct BitfieldsCutOff
{
    public ushort Three;
    public byte Sixteen;
    public byte SignedFour;
    public ulong Wide;
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Packed
{
    public byte Tag;
    public uint Value;
    public ushort Tail;
}

internal struct NotPacked
{
    public byte Tag;
    public uint Value;
    public ushort Tail;
}

internal record struct BytesAndPackets(ulong Bytes, ulong Packets);

internal record struct PacketsAndBytes(ulong Packets, ulong Bytes);

internal struct Pair<TFirst, TSecond>
    where TFirst : unmanaged
    where TSecond : unmanaged
{
    public TFirst Bytes;
    public TSecond Packets;
}

internal struct OneTooMany
{
    public ulong Bytes;
    public ulong Packets;
    public ulong Drops;
}

internal struct PaddedTooLong
{
    public ulong Bytes;
    public ulong Packets;
    private ulong _padding;
}

internal struct Described : IBpfLayout<Described>
{
    public ulong First;
    public ulong Second;

    static BpfTypeLayout IBpfLayout<Described>.Layout { get; } = new(16, new("bytes", 0, 8), new("packets", 8, 8));
}

internal struct DescribedWrongly : IBpfLayout<DescribedWrongly>
{
    public ulong Bytes;
    public ulong Packets;

    static BpfTypeLayout IBpfLayout<DescribedWrongly>.Layout { get; } = new(8, new BpfFieldLayout("bytes", 0, 8));
}
