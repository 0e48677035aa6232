namespace EbpfNet.Tests.Objects;

public class AlternativeTests
{
    [Fact]
    public void Alternatives_are_turned_on_and_kept_in_their_order()
    {
        BpfObjectSpec spec = TestObjects.Read("alternatives");
        Assert.DoesNotContain(spec.Programs, program => program.AutoLoad);

        spec.Programs.FirstOf("at_function", "at_tracepoint");

        Assert.Equal(["at_function", "at_tracepoint"], spec.Programs.Where(program => program.AutoLoad).Select(program => program.Name));
        Assert.Equal(["at_function", "at_tracepoint"], Assert.Single(spec.Programs.Alternatives).Select(program => program.Name));
        Assert.True(spec.Programs.IsAlternative(spec.Programs["at_function"]));
        Assert.False(spec.Programs.IsAlternative(spec.Programs["passes"]));
    }

    [Fact]
    public void What_makes_no_choice_is_refused_and_changes_nothing()
    {
        BpfObjectSpec spec = TestObjects.Read("alternatives");

        Assert.Throws<ArgumentException>(() => spec.Programs.FirstOf());
        Assert.Throws<ArgumentException>(() => spec.Programs.FirstOf("passes"));
        Assert.Throws<ArgumentException>(() => spec.Programs.FirstOf("passes", "passes"));
        Assert.Contains("at_function", Assert.Throws<KeyNotFoundException>(() => spec.Programs.FirstOf("passes", "at_funktion")).Message, StringComparison.Ordinal);
        Assert.Empty(spec.Programs.Alternatives);
        Assert.DoesNotContain(spec.Programs, program => program.AutoLoad);

        spec.Programs.FirstOf("passes", "at_tracepoint");
        Assert.Throws<ArgumentException>(() => spec.Programs.FirstOf("at_function", "passes"));
    }
}
