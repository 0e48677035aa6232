using System.Text;

namespace EbpfNet.Tool.Inspect;

/// <summary>Facts as a table for a person: a row for each thing, the columns as wide as they have to be.</summary>
internal static class Table
{
    /// <param name="columns">The facts to show, which head their columns in capitals.</param>
    /// <param name="rows">The things.</param>
    internal static string Write(IReadOnlyList<string> columns, IReadOnlyList<Facts> rows)
    {
        string[][] cells = [[.. columns.Select(column => column.ToUpperInvariant())], .. rows.Select(row => columns.Select(column => row[column] is { Length: > 0 } text ? text : "-").ToArray())];
        int[] widths = [.. Enumerable.Range(0, columns.Count).Select(column => cells.Max(row => row[column].Length))];
        StringBuilder text = new();
        foreach (string[] row in cells)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.ToString();
    }
}
