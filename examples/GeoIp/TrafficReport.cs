namespace GeoIp;

/// <summary>What was counted, at one moment.</summary>
internal sealed record TrafficReport(TrafficTotals Totals, IReadOnlyList<CountryCount> Countries, IReadOnlyList<CityCount> Cities, IReadOnlyList<ServiceCount> Services);

/// <summary>Sums.</summary>
/// <param name="Requests">New connections.</param>
/// <param name="Addresses">Addresses that they came from.</param>
/// <param name="Forgotten">How many addresses had to make room for others.</param>
/// <param name="ForgottenCities">How many cities had to.</param>
/// <param name="ForgottenPorts">How often a port of an address that is remembered had to make room for another one of it.</param>
/// <param name="Lost">Connections whose addresses had to make room in the kernel before they were read: they are in no other sum.</param>
/// <param name="Repeated">SYNs that were sent again and therefore not counted.</param>
internal sealed record TrafficTotals(long Requests, long Addresses, long Forgotten, long ForgottenCities, long ForgottenPorts, long Lost, long Repeated)
{
    /// <summary>How many attempts to connect had to make room in the kernel: one of them that is sent again counts again.</summary>
    public long ForgottenAttempts { get; init; }

    /// <summary>How many words had to make room for others.</summary>
    public long ForgottenWords { get; init; }
}

/// <summary>A country's connections. <c>private</c> and <c>unknown</c> are countries here, without a place.</summary>
internal sealed record CountryCount(string Code, string Name, long Requests, long Addresses, double? Latitude, double? Longitude);

/// <summary>A city's connections.</summary>
internal sealed record CityCount(string Code, string City, long Requests, long Addresses, double? Latitude, double? Longitude);

/// <summary>The connections to a port.</summary>
internal sealed record ServiceCount(ushort Port, long Requests, long Addresses);

/// <summary>The connections from an address.</summary>
internal sealed record AddressCount(string Address, string Code, string Country, string? City, long Requests, IReadOnlyList<AddressService> Services);

/// <summary>The connections from an address to a port.</summary>
internal sealed record AddressService(ushort Port, long Requests);

/// <summary>A word that was submitted, and how often.</summary>
internal sealed record WordCount(string Word, long Count);
