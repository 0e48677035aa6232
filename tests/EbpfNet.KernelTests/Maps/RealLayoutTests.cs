using System.Text;
using EbpfNet.AotTests;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Values that a program wrote through C structs, read through the C# structs that passed the layout check.</summary>
public sealed unsafe class RealLayoutTests : KernelTest
{
    [SkippableFact]
    public void Each_field_holds_what_the_program_wrote_into_its_C_counterpart()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("layouts"));
        Assert.Equal(1u, loaded.Programs["fill"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);

        Scalars scalars = loaded.GetArray<Scalars>("scalars_map")[0];
        Assert.Equal((true, (byte)'x', (sbyte)-7, (byte)200, (short)-12345, (ushort)54321), (scalars.Yes, scalars.Letter, scalars.Tiny, scalars.Byte, scalars.Small, scalars.Port));
        Assert.Equal((-1234567890, 3234567890u, -1234567890123456789L, 12345678901234567890ul, Color.Blue), (scalars.Number, scalars.Count, scalars.Large, scalars.Total, scalars.Color));

        Arrays arrays = loaded.GetArray<Arrays>("arrays_map")[0];
        Assert.Equal("ebpfnet", Encoding.UTF8.GetString(new ReadOnlySpan<byte>(arrays.Comm, 7)));
        Assert.Equal((0xa0, 0xa5, 300u, 443, 22u, 12), (arrays.Mac[0], arrays.Mac[5], arrays.Numbers[2], arrays.Inners[1].Port, arrays.Inners[1].Weight, arrays.Matrix[5]));

        Nested nested = loaded.GetArray<Nested>("nested_map")[0];
        Assert.Equal((8080, 33u, 1u, 2u, 0x04030201u, 16), (nested.First.Port, nested.First.Weight, nested.A, nested.B, nested.Ipv4, nested.Ipv6[15]));
        Assert.Equal((0x2222222211111111ul, 0x22222222u), (nested.Named.Whole, nested.Named.High));

        Bitfields bits = loaded.GetArray<Bitfields>("bitfields_map")[0];
        Assert.Equal((5u, 17u, 0xbeefu, 0xDu, 0x123456789aul), (bits.Flags & 7, (bits.Flags >> 3) & 31, bits.Flags >> 16, bits.SignedFour & 15u, bits.Wide & 0xFFFFFFFFFF));

        Packed packed = loaded.GetArray<Packed>("packed_map")[0];
        Assert.Equal((9, 0xdeadbeefu, 0x1234), (packed.Tag, packed.Value, packed.Tail));
        Assert.Equal(new BytesAndPackets(1500, 1), loaded.GetArray<BytesAndPackets>("swapped_map")[0]);
        Assert.Equal(new PacketsAndBytes(2, 3000), loaded.GetArray<PacketsAndBytes>("ordered_map")[0]);
    }

    [SkippableFact]
    public void A_map_opened_by_id_is_compared_with_the_types_that_the_kernel_keeps()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("layouts"));
        using BpfMap opened = BpfMap.OpenById(loaded.Maps["swapped_map"].Id);

        _ = new BpfArray<BytesAndPackets>(opened);
        BpfLayoutException e = Assert.Throws<BpfLayoutException>(() => new BpfArray<PacketsAndBytes>(opened));
        Assert.Equal(("Packets", 0, 8), (e.FieldName, e.ActualOffset, e.ExpectedOffset));
    }
}
