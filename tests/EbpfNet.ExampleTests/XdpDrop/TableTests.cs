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
    public void Columns_stay_aligned_whatever_the_length_of_the_names()
    {
        IReadOnlyList<string> lines = new DropTable().Render([new CounterRow(new string('x', 44), ulong.MaxValue >> 20, 1), new CounterRow("pass", 1, 1)], TimeSpan.Zero);

        Assert.Single(lines.Select(line => line.Length).Distinct());
    }

    [Fact]
    public void Away_from_a_terminal_each_line_has_its_time_and_no_escape_sequence()
    {
        StringWriter written = new() { NewLine = "\n" };
        using (TableOutput output = new(written, isTerminal: false))
        {
            output.Show(["heading", "row"], TimeSpan.FromSeconds(61));
        }

        Assert.Equal("00:01:01  heading\n00:01:01  row\n", written.ToString());
    }
}
