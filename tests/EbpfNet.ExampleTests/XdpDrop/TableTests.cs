using ExampleHost;
using XdpDrop;

namespace EbpfNet.ExampleTests.XdpDrop;

public sealed class TableTests
{
    [Fact]
    public void Rates_are_what_came_since_the_table_before()
    {
        DropTable table = new();
        table.Render([new CounterRow("pass", 100, 1_000)], TimeSpan.FromSeconds(1));

        IReadOnlyList<string> lines = table.Render([new CounterRow("pass", 5_100, 401_000)], TimeSpan.FromSeconds(3));

        Assert.Equal(2, lines.Count);
        Assert.Equal(["pass", "5,100", "401,000", "2,500", "200,000"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_rule_that_is_new_has_no_rate_yet()
    {
        DropTable table = new();
        table.Render([], TimeSpan.Zero);

        IReadOnlyList<string> lines = table.Render([new CounterRow("drop 192.0.2.1/32", 7, 700)], TimeSpan.FromSeconds(1));

        Assert.EndsWith(" 7 700 0 0", string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_was_removed_and_added_again_has_no_rate_yet()
    {
        DropTable table = new();
        table.Render([new CounterRow("drop 192.0.2.1/32", 1_000, 100_000)], TimeSpan.Zero);

        IReadOnlyList<string> lines = table.Render([new CounterRow("drop 192.0.2.1/32", 7, 700)], TimeSpan.FromSeconds(1));

        Assert.EndsWith(" 7 700 0 0", string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_rules_the_busiest_are_shown_and_the_others_as_one()
    {
        CounterRow[] rules = [.. Enumerable.Range(0, 10_000).Select(i => new CounterRow($"drop {i}", i == 5_000 ? 1_000_000UL : 1, 10))];

        IReadOnlyList<string> lines = new DropTable().Render([.. rules, new CounterRow("pass", 3, 30)], TimeSpan.Zero);

        Assert.InRange(lines.Count, 3, 50);
        Assert.Contains(lines, line => line.StartsWith("drop 5000 ", StringComparison.Ordinal));
        string rest = lines.Single(line => line.Contains(" other rules ", StringComparison.Ordinal));
        int shown = lines.Count(line => line.StartsWith("drop ", StringComparison.Ordinal));
        Assert.Equal([$"{10_000 - shown:N0}", "other", "rules", $"{10_000 - shown:N0}", $"{(10_000 - shown) * 10:N0}"], rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..5]);
        Assert.StartsWith("pass ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_stay_aligned_whatever_the_length_of_the_names()
    {
        IReadOnlyList<string> lines = new DropTable().Render([new CounterRow(new string('x', 44), ulong.MaxValue >> 20, 1), new CounterRow("pass", 1, 1)], TimeSpan.Zero);

        Assert.Single(lines.Select(line => line.Length).Distinct());
    }

    [Fact]
    public void Away_from_a_terminal_each_line_has_its_time_and_no_escape_sequence()
    {
        StringWriter written = new() { NewLine = "\n" };
        using (TableOutput output = new(written, window: null))
        {
            output.Show(["heading", "row"], TimeSpan.FromSeconds(61));
        }

        Assert.Equal("00:01:01  heading\n00:01:01  row\n", written.ToString());
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(30, 5)]
    [InlineData(1, 1)]
    public void On_a_terminal_no_line_is_wider_and_no_table_higher_than_the_window(int columns, int lines)
    {
        string[] shown = ShownIn(columns, lines, tableLines: 100);

        Assert.All(shown, line => Assert.True(line.Length <= columns, line));
        Assert.InRange(shown.Length, 1, lines);
    }

    [Fact]
    public void A_terminal_that_does_not_know_its_size_gets_a_table_for_80_by_24()
        => Assert.Equal(ShownIn(80, 24, tableLines: 100), ShownIn(0, 0, tableLines: 100));

    [Fact]
    public void What_does_not_fit_into_the_window_is_counted()
    {
        string[] shown = ShownIn(80, 12, tableLines: 30);

        Assert.Equal($"… and {30 - (shown.Length - 1)} more", shown[^2]);
        Assert.StartsWith("line 29 ", shown[^1], StringComparison.Ordinal); // what is about all of them comes last
    }

    [Fact]
    public void A_line_that_does_not_fit_into_the_window_says_so()
        => Assert.All(ShownIn(40, 12, tableLines: 3), line => Assert.EndsWith("…", line, StringComparison.Ordinal));

    [Fact]
    public void The_rates_of_rules_that_are_shown_as_one_are_added_up()
    {
        DropTable table = new();
        table.Render(Counted(1), TimeSpan.Zero);

        string rest = table.Render(Counted(3), TimeSpan.FromSeconds(2)).Single(line => line.Contains(" other rules ", StringComparison.Ordinal));

        string[] cells = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(cells[0], cells[^2]); // one packet a second each
        Assert.NotEqual("0", cells[0]);

        static CounterRow[] Counted(ulong packets) => [.. Enumerable.Range(0, 1000).Select(i => new CounterRow($"drop {i}", packets, 10 * packets)), new CounterRow("pass", 0, 0)];
    }

    private static string[] ShownIn(int columns, int lines, int tableLines)
    {
        StringWriter written = new() { NewLine = "\n" };
        using TableOutput output = new(written, () => (columns, lines));
        output.Show([.. Enumerable.Range(0, tableLines).Select(i => $"line {i} ".PadRight(70, '.'))], TimeSpan.Zero);
        string shown = written.ToString();
        return shown[(shown.LastIndexOf("\e[J", StringComparison.Ordinal) + 3)..].TrimEnd('\n').Split('\n');
    }
}
