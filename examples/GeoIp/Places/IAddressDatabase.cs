using System.Net;

namespace GeoIp.Places;

/// <summary>Knows where addresses are. Thread-safe.</summary>
internal interface IAddressDatabase
{
    /// <summary>What it is.</summary>
    DatabaseInfo Info { get; }

    /// <summary>Where an address is; <see langword="null"/> where it does not know.</summary>
    Place? Find(IPAddress address);
}

/// <summary>What a database is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Date">When it was made.</param>
/// <param name="License">Under which licence it may be used, as far as it says so.</param>
/// <param name="HasCities">Whether it knows cities.</param>
internal sealed record DatabaseInfo(string Name, string Date, string License, bool HasCities);
