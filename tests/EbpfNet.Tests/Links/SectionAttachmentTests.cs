using EbpfNet.Objects;

namespace EbpfNet.Tests.Links;

/// <summary>The table of how sections are attached.</summary>
public sealed class SectionAttachmentTests
{
    public static TheoryData<string> Rows => [.. SectionAttachment.ByName.Keys];

    [Fact]
    public void Every_section_has_a_row() => Assert.Empty(SectionDefinitions.ByName.Keys.Except(SectionAttachment.ByName.Keys));

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_row_is_of_a_section_that_exists(string name)
    {
        Assert.True(SectionDefinitions.ByName.TryGetValue(name, out SectionDefinition? definition), $"There is no section '{name}'.");

        // A name that takes no target cannot say it all.
        Assert.True(SectionAttachment.ByName[name].WithTarget is null || definition!.Has(SectionTraits.TakesTarget), name);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_row_is_in_the_table_of_hooks(string name) =>
        Assert.Contains(Repository.Read("docs/hooks.md").Split('\n'), line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains($"`{name}`", StringComparison.Ordinal));
}
