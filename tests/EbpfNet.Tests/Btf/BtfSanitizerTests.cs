using EbpfNet.Btf;
using EbpfNet.Loading;
using EbpfNet.Tests.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>BTF for kernels that do not take all of it.</summary>
public class BtfSanitizerTests
{
    private static readonly Arbitrary<(BtfType[] Types, BtfFeatures Missing)> Cases =
        (from types in BtfGenerators.Graph()
         from missing in Gen.Choose(0, (int)BtfFeatures.All)
         select (types, (BtfFeatures)missing)).ToArbitrary();

    public static TheoryData<string> Objects =>
        [.. TestObjects.AllPaths.Where(path => !Path.GetFileName(path).StartsWith("without_btf", StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith("legacy_maps", StringComparison.Ordinal))];

    [Fact]
    public void What_is_missing_is_gone_and_what_is_not_stays_with_its_id_and_its_strings() => Prop.ForAll(Cases, given =>
    {
        BtfSpec original = BtfGenerators.Build(given.Types).ToSpec();

        BtfSpec sanitized = BtfSpec.Parse(BtfSanitizer.Sanitize(original, given.Missing));

        Assert.Equal(BtfFeatures.None, BtfSanitizer.FindUsed(sanitized) & given.Missing);
        Assert.InRange(sanitized.TypeCount, original.TypeCount, original.TypeCount + 1);
        Assert.True(sanitized.Strings.Own.StartsWith(original.Strings.Own));
        string[] before = [.. BtfDump.Lines(original)];
        string[] after = [.. BtfDump.Lines(sanitized)];
        foreach (BtfType type in original.OwnTypes)
        {
            if (!Uses(type, given.Missing))
            {
                Assert.Equal(before[(int)type.Id.Value - 1], after[(int)type.Id.Value - 1]);
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_has_a_size_keeps_it_unless_it_is_a_variable() => Prop.ForAll(Cases, given =>
    {
        BtfSpec original = BtfGenerators.Build(given.Types).ToSpec();
        BtfSpec sanitized = BtfSpec.Parse(BtfSanitizer.Sanitize(original, given.Missing));
        foreach (BtfType type in original.OwnTypes)
        {
            if (type is BtfFloat or BtfEnumeration or BtfDataSection)
            {
                Assert.Equal(original.SizeOf(type.Id), sanitized.SizeOf(type.Id));
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_changes_where_nothing_is_missing_or_used() => Prop.ForAll(Cases, given =>
    {
        BtfSpec original = BtfGenerators.Build(given.Types).ToSpec();

        BtfFeatures used = BtfSanitizer.FindUsed(original);
        used |= used.HasFlag(BtfFeatures.DeclTags) ? BtfFeatures.Functions | BtfFeatures.DataSections : BtfFeatures.None; // Tags go with what they are on.
        byte[] sanitized = BtfSanitizer.Sanitize(original, given.Missing & ~used);

        Assert.True(original.Data.Span.SequenceEqual(sanitized));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sections_that_are_optional_lose_their_question_mark_and_become_structs_with_names_that_C_allows()
    {
        var builder = new BtfBuilder();
        BtfTypeId variable = builder.AddVariable("x", builder.AddInt("int", 4), BtfVariableLinkage.Global);
        BtfTypeId section = builder.AddDataSection("?.struct_ops", 8, new BtfSectionEntry(variable, 4, 4));
        BtfSpec spec = builder.ToSpec();

        Assert.Equal(BtfFeatures.DataSections | BtfFeatures.OptionalSections, BtfSanitizer.FindUsed(spec));
        BtfDataSection renamed = BtfSpec.Parse(BtfSanitizer.Sanitize(spec, BtfFeatures.OptionalSections)).Get<BtfDataSection>(section);
        Assert.Equal(("_.struct_ops", new BtfSectionEntry(variable, 4, 4)), (renamed.Name, renamed.Entries.Single()));
        BtfStruct plain = BtfSpec.Parse(BtfSanitizer.Sanitize(spec, BtfFeatures.DataSections)).Get<BtfStruct>(section);
        Assert.Equal(("__struct_ops", 8u, new BtfMember("x", variable, 32)), (plain.Name, plain.Size, plain.Members.Single()));
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Of_every_object_a_kernel_of_4_18_gets_nothing_newer(string path)
    {
        byte[]? encoded = ObjectBtf.Encode(BpfObjectSpec.ReadFile(path));
        Assert.NotNull(encoded);
        BtfSpec types = BtfSpec.Parse(encoded);

        BtfSpec sanitized = BtfSpec.Parse(BtfSanitizer.Sanitize(types, BtfFeatures.All));

        Assert.Equal(BtfFeatures.None, BtfSanitizer.FindUsed(sanitized));
        Assert.All(sanitized.OwnTypes, type => Assert.InRange(type.Kind, BtfKind.Int, BtfKind.Restrict));
    }

    private static bool Uses(BtfType type, BtfFeatures missing)
    {
        BtfFeatures gone = (missing & (BtfFeatures.Functions | BtfFeatures.DataSections)) != 0 ? missing | BtfFeatures.DeclTags : missing;
        return (gone & type switch
        {
            BtfFunctionPrototype => BtfFeatures.Functions,
            BtfFunction { Linkage: BtfFunctionLinkage.Static } => BtfFeatures.Functions,
            BtfFunction => BtfFeatures.Functions | BtfFeatures.GlobalFunctions,
            BtfVariable => BtfFeatures.DataSections,
            BtfDataSection section => BtfFeatures.DataSections | (section.Entries.IsEmpty ? BtfFeatures.EmptySections : 0),
            BtfFloat => BtfFeatures.Floats,
            BtfDeclTag { IsAttribute: var attribute } => BtfFeatures.DeclTags | (attribute ? BtfFeatures.Attributes : 0),
            BtfTypeTag { IsAttribute: var attribute } => BtfFeatures.TypeTags | (attribute ? BtfFeatures.Attributes : 0),
            BtfEnum64 or BtfEnum { IsSigned: true } => BtfFeatures.Enum64,
            _ => BtfFeatures.None,
        }) != 0;
    }
}
