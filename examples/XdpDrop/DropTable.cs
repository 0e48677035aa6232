using System.Globalization;

namespace XdpDrop;

/// <summary>One row of the table: what was counted for a rule, or for all that passed, since the program was attached.</summary>
/// <param name="Name">What the row is about.</param>
/// <param name="Packets">How many packets.</param>
/// <param name="Bytes">How many bytes they had, Ethernet headers included.</param>
internal sealed record CounterRow(string Name, ulong Packets, ulong Bytes);

/// <summary>Lays counters out as a table, with the rates since the table before.</summary>
internal sealed class DropTable
{
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
        foreach (CounterRow row in rows)
        {
            (double packetRate, double byteRate) = _previous.TryGetValue(row.Name, out CounterRow? before) && seconds > 0
                ? ((row.Packets - before.Packets) / seconds, (row.Bytes - before.Bytes) / seconds)
                : (0, 0);
            cells.Add([row.Name, Whole(row.Packets), Whole(row.Bytes), Whole(packetRate), Whole(byteRate)]);
        }

        _previous = rows.ToDictionary(row => row.Name);
        _previousTime = time;
        return Align(cells);
    }

    /// <summary>Names to the left, numbers to the right, each column as wide as its widest cell.</summary>
    private static List<string> Align(List<string[]> cells)
    {
        int[] widths = [.. MinimumWidths.Select((least, column) => Math.Max(least, cells.Max(row => row[column].Length)))];
        return [.. cells.Select(row => string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))))];
    }

    private static string Whole<T>(T number)
        where T : IFormattable
        => number.ToString("N0", CultureInfo.InvariantCulture);
}
