namespace GeoIp.Places;

/// <summary>Where an address is.</summary>
/// <param name="Code">The country: two letters, or <c>private</c> or <c>unknown</c>.</param>
/// <param name="Country">Its name.</param>
/// <param name="CountryLatitude">Where its circle goes, in degrees; <see langword="null"/> for nowhere.</param>
/// <param name="CountryLongitude">The same, eastwards.</param>
internal sealed record Place(string Code, string Country, double? CountryLatitude = null, double? CountryLongitude = null)
{
    /// <summary>The place of addresses that are nobody's in particular.</summary>
    public static readonly Place Private = new("private", "Private addresses");

    /// <summary>The place of addresses that no database knows.</summary>
    public static readonly Place Unknown = new("unknown", "Unknown");

    /// <summary>The city, if that is known.</summary>
    public string? City { get; init; }

    /// <summary>Where the city is.</summary>
    public double? Latitude { get; init; }

    /// <summary>The same, eastwards.</summary>
    public double? Longitude { get; init; }
}
