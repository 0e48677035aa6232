using System.Globalization;

namespace GeoIp.Places;

/// <summary>The countries by their two letters (ISO 3166-1), with names and where their circles go.</summary>
internal static class Countries
{
    private static readonly Dictionary<string, Place> ByCode = Read();

    /// <summary>All there are.</summary>
    public static IReadOnlyCollection<Place> All => ByCode.Values;

    /// <summary>A country; one that is not in the table has no name but its letters, and what is no two letters is <see cref="Place.Unknown"/>.</summary>
    public static Place Find(ReadOnlySpan<char> code)
    {
        Span<char> upper = stackalloc char[2];
        if (code.Length != 2 || code.ToUpperInvariant(upper) != 2 || !char.IsAsciiLetterUpper(upper[0]) || !char.IsAsciiLetterUpper(upper[1]))
        {
            return Place.Unknown;
        }

        return ByCode.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(upper, out Place? place) ? place : new Place(upper.ToString(), upper.ToString());
    }

    private static Dictionary<string, Place> Read()
    {
        Dictionary<string, Place> countries = new(StringComparer.Ordinal);
        using StreamReader reader = new(EmbeddedFile.Open("places.tsv"));
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split('\t');
            countries.Add(cells[0], new Place(cells[0], cells[1], double.Parse(cells[2], CultureInfo.InvariantCulture), double.Parse(cells[3], CultureInfo.InvariantCulture)));
        }

        return countries;
    }
}
