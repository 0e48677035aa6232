using System.Net;
using ExampleHost;

namespace GeoIp.Places;

/// <summary>Tells where addresses are, by the database that is in force. Thread-safe.</summary>
internal sealed class Locator
{
    private volatile IAddressDatabase _database = CountryDatabase.Load();

    /// <summary>The database in force; another one takes its place at once.</summary>
    public IAddressDatabase Database
    {
        get => _database;
        set => _database = value;
    }

    /// <summary>Where an address is.</summary>
    public Place Find(IPAddress address)
    {
        address = PlainAddress.Of(address);
        return PrivateAddresses.Contain(address) ? Place.Private : _database.Find(address) ?? Place.Unknown;
    }
}
