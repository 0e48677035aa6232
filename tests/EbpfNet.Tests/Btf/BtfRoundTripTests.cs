using EbpfNet.Btf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>What is built is what is parsed, in either byte order, and copies differ in nothing but what was replaced.</summary>
public class BtfRoundTripTests
{
    private static readonly Arbitrary<BtfType[]> Graphs = BtfGenerators.Graph().ToArbitrary();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Types_come_back_after_build_and_parse(bool bigEndian) => Prop.ForAll(Graphs, types =>
    {
        BtfSpec spec = BtfGenerators.Build(types, bigEndian).ToSpec();
        Assert.Equal(bigEndian, spec.IsBigEndian);
        Assert.Equal(types.Length + 1, spec.TypeCount);
        Assert.Equal(types.Select((type, i) => $"[{i + 1}] {BtfDump.Line(type)}"), BtfDump.Lines(spec));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_generator_makes_all_nineteen_kinds() =>
        Assert.Equal(Enum.GetValues<BtfKind>().Except([BtfKind.Void]), BtfGenerators.Type(1).ArrayOf(2000).Sample(1, 50).First().Select(type => type.Kind).Distinct().Order());

    [Fact]
    public void A_copy_has_the_same_bytes_and_two_changes_of_byte_order_restore_them() => Prop.ForAll(Graphs, types =>
    {
        BtfSpec little = BtfGenerators.Build(types).ToSpec();
        Assert.True(little.Data.Span.SequenceEqual(BtfBuilder.FromSpec(little).ToArray()));
        BtfSpec big = BtfBuilder.FromSpec(little, bigEndian: true).ToSpec();
        Assert.Equal(BtfDump.Lines(little), BtfDump.Lines(big));
        Assert.True(little.Data.Span.SequenceEqual(BtfBuilder.FromSpec(big, bigEndian: false).ToArray()));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Replacing_a_type_changes_no_other_type_and_no_string_offset() => Prop.ForAll(
        (from types in BtfGenerators.Graph()
         where types.Length != 0
         from place in Gen.Choose(1, types.Length)
         from replacement in BtfGenerators.Type((uint)types.Length + 1)
         from added in BtfGenerators.Type((uint)types.Length + 2)
         select (types, place, replacement, added)).ToArbitrary(),
        given =>
        {
            BtfSpec original = BtfGenerators.Build(given.types).ToSpec();
            BtfBuilder builder = BtfBuilder.FromSpec(original);
            builder.Replace(new BtfTypeId((uint)given.place), given.replacement);
            BtfTypeId added = builder.Add(given.added);
            BtfSpec copy = builder.ToSpec();

            string[] expected = [.. BtfDump.Lines(original), $"{added} {BtfDump.Line(given.added)}"];
            expected[given.place - 1] = $"[{given.place}] {BtfDump.Line(given.replacement)}";
            Assert.Equal(expected, BtfDump.Lines(copy));
            for (uint offset = 0; offset < original.StringLength; offset++)
            {
                Assert.Equal(original.GetString(offset), copy.GetString(offset));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Split_btf_continues_the_ids_and_strings_of_its_base() => Prop.ForAll(
        (from first in BtfGenerators.Graph()
         from second in BtfGenerators.Graph((uint)first.Length + 1)
         from third in BtfGenerators.Graph((uint)(first.Length + second.Length) + 1)
         from bigEndian in Gen.Elements(false, true)
         select (first, second, third, bigEndian)).ToArbitrary(),
        given =>
        {
            BtfSpec first = BtfGenerators.Build(given.first).ToSpec();
            BtfSpec second = BtfGenerators.Build(given.second, given.bigEndian, first).ToSpec();
            BtfSpec third = BtfGenerators.Build(given.third, !given.bigEndian, second).ToSpec();
            BtfType[] all = [.. given.first, .. given.second, .. given.third];
            Assert.Same(second, third.Base);
            Assert.Equal(all.Length + 1, third.TypeCount);
            Assert.Equal(second.TypeCount, (int)third.FirstId.Value);
            for (int i = 0; i < all.Length; i++)
            {
                var id = new BtfTypeId((uint)i + 1);
                Assert.Equal(BtfDump.Line(all[i]), BtfDump.Line(third[id]));
                Assert.Equal(id, third[id].Id);
            }

            if (given.first.Length != 0)
            {
                Assert.Same(first[new BtfTypeId(1)], third[new BtfTypeId(1)]);
            }

            Assert.Equal(third.Data.ToArray(), BtfBuilder.FromSpec(third).ToArray());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Search_by_name_finds_what_a_walk_over_all_types_finds() => Prop.ForAll(
        (from first in BtfGenerators.Graph() from second in BtfGenerators.Graph((uint)first.Length + 1) select (first, second)).ToArbitrary(),
        given =>
        {
            BtfSpec spec = BtfGenerators.Build(given.second, baseSpec: BtfGenerators.Build(given.first).ToSpec()).ToSpec();
            BtfType[] all = [.. spec.Base!.OwnTypes, .. spec.OwnTypes];
            foreach (string name in all.Select(type => type.Name).Append("absent").Where(name => name.Length != 0).Distinct())
            {
                Assert.Equal(all.Where(type => type.Name == name), spec.FindAll(name));
                Same<BtfType>(name);
                Same<BtfStruct>(name);
                Same<BtfComposite>(name);
                Same<BtfEnumeration>(name);
                Same<BtfModifier>(name);
                Same<BtfFunction>(name);
                Same<BtfDataSection>(name);
            }

            Assert.Empty(spec.FindAll(""));

            void Same<T>(string name)
                where T : BtfType
            {
                Assert.Equal(all.OfType<T>().Any(type => type.Name == name), spec.TryFind(name, out T? found));
                Assert.Same(all.OfType<T>().FirstOrDefault(type => type.Name == name), found);
            }
        }).QuickCheckThrowOnFailure();
}
