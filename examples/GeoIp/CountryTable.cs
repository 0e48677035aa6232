using ExampleHost;

namespace GeoIp;

/// <summary>Lays the countries out as a table for the terminal.</summary>
internal static class CountryTable
{
    private const int MostRows = 20;

    private static readonly int[] MinimumWidths = [24, 10, 10];

    /// <summary>The lines of the table, the first a heading.</summary>
    internal static IReadOnlyList<string> Render(TrafficReport report)
    {
        List<string[]> cells = [["", "requests", "addresses"]];
        cells.AddRange(report.Countries.Take(MostRows).Select(country => (string[])[country.Name, TextTable.Whole(country.Requests), TextTable.Whole(country.Addresses)]));
        if (report.Countries.Count > MostRows)
        {
            IEnumerable<CountryCount> others = report.Countries.Skip(MostRows);
            cells.Add([$"{report.Countries.Count - MostRows} others", TextTable.Whole(others.Sum(country => country.Requests)), TextTable.Whole(others.Sum(country => country.Addresses))]);
        }

        cells.Add(["in all", TextTable.Whole(report.Totals.Requests), TextTable.Whole(report.Totals.Addresses)]);
        return TextTable.Align(cells, MinimumWidths);
    }
}
