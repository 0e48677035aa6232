using ExampleHost;

namespace XdpDrop;

/// <summary>One row of the table: what was counted for a rule, or for all that passed, since the program was attached.</summary>
/// <param name="Name">What the row is about.</param>
/// <param name="Packets">How many packets.</param>
/// <param name="Bytes">How many bytes they had, Ethernet headers included.</param>
internal sealed record CounterRow(string Name, ulong Packets, ulong Bytes);

/// <summary>Lays counters out as a table, with the rates since the table before.</summary>
internal sealed class DropTable
{
    private const int MostRows = 40;

    private static readonly int[] MinimumWidths = [18, 10, 14, 10, 14];

    private Dictionary<string, CounterRow> _previous = [];
    private TimeSpan _previousTime;

    /// <summary>The lines of the table, the first a heading.</summary>
    /// <param name="rows">The counters of now.</param>
    /// <param name="time">When they were read, on any steady clock.</param>
    internal IReadOnlyList<string> Render(IReadOnlyList<CounterRow> rows, TimeSpan time)
    {
        double seconds = (time - _previousTime).TotalSeconds;
        List<string[]> cells = [["", "packets", "bytes", "packets/s", "bytes/s"]];
        foreach ((string name, IReadOnlyList<CounterRow> counted) in Shorten(rows))
        {
            (double packetRate, double byteRate) = (0, 0);
            foreach (CounterRow row in counted)
            {
                // A rule that was removed and added again counts from 0.
                if (_previous.TryGetValue(row.Name, out CounterRow? before) && seconds > 0 && row.Packets >= before.Packets && row.Bytes >= before.Bytes)
                {
                    packetRate += (row.Packets - before.Packets) / seconds;
                    byteRate += (row.Bytes - before.Bytes) / seconds;
                }
            }

            cells.Add([name, TextTable.Whole(counted.Aggregate(0UL, (sum, row) => sum + row.Packets)), TextTable.Whole(counted.Aggregate(0UL, (sum, row) => sum + row.Bytes)), TextTable.Whole(packetRate), TextTable.Whole(byteRate)]);
        }

        _previous = rows.ToDictionary(row => row.Name);
        _previousTime = time;
        return TextTable.Align(cells, MinimumWidths);
    }

    /// <summary>Of many rules the busiest, in the order that they came in, and the others as one.</summary>
    private static IEnumerable<(string Name, IReadOnlyList<CounterRow> Rows)> Shorten(IReadOnlyList<CounterRow> rows)
    {
        if (rows.Count <= MostRows)
        {
            return rows.Select(Alone);
        }

        CounterRow passed = rows[^1]; // not a rule
        HashSet<CounterRow> busiest = [.. rows.SkipLast(1).OrderByDescending(row => row.Packets).Take(MostRows - 2)];
        CounterRow[] others = [.. rows.SkipLast(1).Where(row => !busiest.Contains(row))];
        return [.. rows.SkipLast(1).Where(busiest.Contains).Select(Alone), ($"{TextTable.Whole(others.Length)} other rules", others), Alone(passed)];

        static (string, IReadOnlyList<CounterRow>) Alone(CounterRow row) => (row.Name, [row]);
    }
}
