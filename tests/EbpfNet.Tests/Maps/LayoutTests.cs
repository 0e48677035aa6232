using System.Runtime.CompilerServices;
using EbpfNet.AotTests;
using EbpfNet.Btf;
using EbpfNet.Tests.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Maps;

public class LayoutTests
{
    private static readonly IReadOnlyDictionary<string, string> Outcomes = LayoutCases.Run(TestObjects.Read("layouts"));

    [Theory]
    [InlineData(nameof(Scalars))]
    [InlineData(nameof(ScalarsWithCharForPort))]
    [InlineData(nameof(ScalarsNamedByAttribute))]
    [InlineData(nameof(ScalarsWithPadding))]
    [InlineData(nameof(Arrays))]
    [InlineData(nameof(RawBytes))]
    [InlineData(nameof(Nested))]
    [InlineData(nameof(NestedSequential))]
    [InlineData(nameof(Bitfields))]
    [InlineData(nameof(Packed))]
    [InlineData(nameof(BytesAndPackets))]
    [InlineData("Pair<UInt64, Int64>")]
    [InlineData(nameof(UInt128))]
    [InlineData(nameof(Described))]
    public void A_struct_whose_fields_sit_where_C_has_them_fits(string type) => Assert.Equal("fits", Outcomes[type]);

    [Theory]
    [InlineData(nameof(ScalarsWithChar), "[Letter 2 1]", "'Letter' is at offset 2 in C#, but 'char letter' is at offset 1 of struct scalars")]
    [InlineData(nameof(ScalarsReordered), "[Port 4 6]", "'Port' is at offset 4 in C#, but '__u16 port' is at offset 6")]
    [InlineData(nameof(ScalarsRenamed), "[Sum 24 ]", "no counterpart in struct scalars")]
    [InlineData(nameof(ScalarsWithHole), "[total  24]", "there is no field for 'total', which is at offset 24")]
    [InlineData(nameof(ScalarsTooWide), "[Color 32 32]", "has 8 bytes in C#, but 'enum color color' in struct scalars has 4")]
    [InlineData(nameof(ScalarsAuto), "[  ]", "LayoutKind.Auto")]
    [InlineData(nameof(HoldsAuto), "[Bytes  ]", "DateTime has LayoutKind.Auto")]
    [InlineData(nameof(ArraysTooShort), "[Numbers 24 24]", "has 8 bytes in C#, but '__u32 numbers[3]'")]
    [InlineData(nameof(NestedWrongInside), "[First.Flags 0 2]", "struct inner")]
    [InlineData(nameof(NestedWrongDescribed), "[First.flags 0 2]", "struct inner")]
    [InlineData(nameof(NestedShifted), "[A 0 8]", "struct nested")]
    [InlineData(nameof(BitfieldsCutOff), "[Sixteen 2 2]", "bits 16 to 31 of struct bitfields")]
    [InlineData(nameof(NotPacked), "[Value 4 1]", "struct packed")]
    [InlineData(nameof(PacketsAndBytes), "[Packets 0 8]", "struct bytes_then_packets")]
    [InlineData("Pair<UInt64, UInt32>", "[Packets 8 8]", "has 4 bytes in C#")]
    [InlineData(nameof(OneTooMany), "[Drops 16 ]", "no counterpart")]
    [InlineData(nameof(PaddedTooLong), "[ 24 16]", "it has 24 bytes, but 16 are needed")]
    [InlineData(nameof(UInt64), "[ 8 16]", "it has 8 bytes, but 16 are needed")]
    [InlineData(nameof(DescribedWrongly), "[  ]", "describes itself as 8 bytes large, but has 16")]
    public void A_struct_that_differs_is_refused_with_the_field_and_both_offsets(string type, string place, string problem)
    {
        Assert.StartsWith(place, Outcomes[type], StringComparison.Ordinal);
        Assert.Contains(problem, Outcomes[type], StringComparison.Ordinal);
    }

    [Fact]
    public void No_case_is_without_an_expectation() => Assert.Equal(14 + 19, Outcomes.Count);

    [Fact]
    public unsafe void The_offsets_found_are_those_of_the_running_program()
    {
        Scalars scalars = default;
        Assert.Equal(Offset(ref scalars, ref scalars.Yes), OffsetOf<Scalars>("Yes"));
        Assert.Equal(Offset(ref scalars, ref scalars.Small), OffsetOf<Scalars>("Small"));
        Assert.Equal(Offset(ref scalars, ref scalars.Total), OffsetOf<Scalars>("Total"));
        ScalarsWithChar chars = default;
        Assert.Equal(Offset(ref chars, ref chars.Letter), OffsetOf<ScalarsWithChar>("Letter"));
        Assert.Equal(Offset(ref chars, ref chars.Color), OffsetOf<ScalarsWithChar>("Color"));
        Arrays arrays = default;
        Assert.Equal(Offset(ref arrays, ref arrays.Mac), OffsetOf<Arrays>("Mac"));
        Assert.Equal(Offset(ref arrays, ref arrays.Numbers[0]), OffsetOf<Arrays>("Numbers"));
        Assert.Equal(Offset(ref arrays, ref arrays.Inners), OffsetOf<Arrays>("Inners"));
        Nested nested = default;
        Assert.Equal(Offset(ref nested, ref nested.Named), OffsetOf<Nested>("Named"));
        NotPacked notPacked = default;
        Assert.Equal(Offset(ref notPacked, ref notPacked.Tail), OffsetOf<NotPacked>("Tail"));
        Packed packed = default;
        Assert.Equal(Offset(ref packed, ref packed.Tail), OffsetOf<Packed>("Tail"));

        static int Offset<T, TField>(ref T start, ref TField field) => (int)Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
    }

    [Fact]
    public void Pointers_and_their_qualifiers_are_compared_by_size()
    {
        var builder = new BtfBuilder();
        BtfTypeId chars = builder.AddInt("char", 1, BtfIntEncoding.Char);
        BtfTypeId pointer = builder.AddConst(builder.AddTypedef("name_t", builder.AddPointer(builder.AddConst(chars))));
        BtfTypeId holder = builder.AddVolatile(builder.AddTypedef("holder_t", builder.AddStruct("holder", 16, new BtfMember("first_name", pointer, 0), new BtfMember("last_name", pointer, 64))));
        BtfSpec btf = builder.ToSpec();

        BpfLayout.Require<Pointers>("the values of map 'm'", 16, btf, holder);
        BpfLayout.Require<Pair<UInt128, UInt128>>("the values of map 'm'", 32, btf, BtfTypeId.Void);
        BpfLayoutException e = Assert.Throws<BpfLayoutException>(() => BpfLayout.Require<HalfPointers>("the values of map 'm'", 16, btf, holder));
        Assert.Equal(("FirstName", 0, 0), (e.FieldName, e.ActualOffset, e.ExpectedOffset));
    }

    [Fact]
    public void Without_BTF_the_size_alone_decides()
    {
        BpfLayout.Require<PacketsAndBytes>("the values of map 'm'", 16, null, default);
        BpfLayoutException e = Assert.Throws<BpfLayoutException>(() => BpfLayout.Require<PacketsAndBytes>("the values of map 'm'", 20, null, default));

        Assert.Contains("the values of map 'm'", e.Message, StringComparison.Ordinal);
        Assert.Equal((16, 20), (e.ActualOffset, e.ExpectedOffset));
    }

    [Fact]
    public void Padding_at_the_end_that_C_does_not_have_is_said_to_be_that()
    {
        BpfLayoutException e = Assert.Throws<BpfLayoutException>(() => BpfLayout.Require<Pair<ulong, uint>>("the values of map 'm'", 12, null, default));

        Assert.Contains("Pack", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_made_of_the_same_members_fits_and_one_that_is_off_anywhere_does_not()
    {
        Gen<(int Size, int Gap)[]> members = Gen.Choose(0, 3).Select(power => 1 << power).Zip(Gen.Choose(0, 2)).Select(pair => (pair.Item1, pair.Item2)).NonEmptyListOf().Select(list => list.Take(12).ToArray());
        Prop.ForAll(members.Zip(Gen.Choose(0, 1000)).ToArbitrary(), static input =>
        {
            ((int Size, int Gap)[] plan, int choice) = input;
            (BtfSpec btf, BtfTypeId type, BpfTypeLayout layout) = Build(plan);
            var comparer = new LayoutComparer(btf, "T", "a test");
            comparer.Compare(layout, type);

            BpfFieldLayout field = layout.Fields[choice % layout.Fields.Length];
            AssertRefused(field with { Offset = field.Offset + 1 });
            AssertRefused(field with { Size = field.Size + 1 });
            AssertRefused(field with { Name = "other" });

            void AssertRefused(BpfFieldLayout wrong)
            {
                var changed = new BpfTypeLayout(layout.Size, layout.Fields.Replace(field, wrong));
                Assert.Equal(wrong.Name, Assert.Throws<BpfLayoutException>(() => comparer.Compare(changed, type)).FieldName);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static (BtfSpec Btf, BtfTypeId Type, BpfTypeLayout Layout) Build((int Size, int Gap)[] plan)
    {
        var builder = new BtfBuilder();
        var members = new List<BtfMember>();
        var fields = new List<BpfFieldLayout>();
        int at = 0;
        foreach ((int size, int gap) in plan)
        {
            at += gap;
            BtfTypeId type = builder.AddInt($"u{size * 8}", (uint)size);
            members.Add(new BtfMember($"some_field_{members.Count}", type, (uint)at * 8));
            fields.Add(new BpfFieldLayout($"SomeField{fields.Count}", at, size));
            at += size;
        }

        BtfTypeId id = builder.AddStruct("made", (uint)at, [.. members]);
        return (builder.ToSpec(), id, new BpfTypeLayout(at, [.. fields]));
    }

    private static int OffsetOf<T>(string field)
        where T : unmanaged => BpfTypeLayout.Of<T>().Fields.Single(candidate => candidate.Name == field).Offset;

#pragma warning disable CS0649 // Never assigned: only their layout matters.
    private unsafe struct Pointers
    {
        public byte* FirstName;
        public ulong LastName;
    }

    private struct HalfPointers
    {
        public uint FirstName;
        public uint LastName;
        public ulong Rest;
    }
#pragma warning restore CS0649
}
