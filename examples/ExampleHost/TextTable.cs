using System.Globalization;

namespace ExampleHost;

/// <summary>Lays out text in columns.</summary>
public static class TextTable
{
    /// <summary>Names to the left, numbers to the right, each column as wide as its widest cell.</summary>
    /// <param name="rows">The rows, the first a heading; all with the same number of cells.</param>
    /// <param name="minimumWidths">How wide each column is at least, so that it does not jump when numbers grow.</param>
    public static IReadOnlyList<string> Align(IReadOnlyList<string[]> rows, IReadOnlyList<int> minimumWidths)
    {
        int[] widths = [.. minimumWidths.Select((least, column) => Math.Max(least, rows.Max(row => row[column].Length)))];
        return [.. rows.Select(row => string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))))];
    }

    /// <summary>A number without fractions, its thousands set apart.</summary>
    public static string Whole<T>(T number)
        where T : IFormattable
        => number.ToString("N0", CultureInfo.InvariantCulture);
}
