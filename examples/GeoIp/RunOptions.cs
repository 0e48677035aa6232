using DemoNetwork;

namespace GeoIp;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>The ports of the three small services.</summary>
    internal static readonly IReadOnlyList<ushort> SmallServicePorts = [SmallServices.HelloPort, SmallServices.SummitPort, SmallServices.WordPort];

    /// <summary>The interface to count on.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>The host that the interface, and the small services, belong to; <see langword="null"/> for this machine.</summary>
    public NetworkHost? Host { get; init; }

    /// <summary>The ports to count for.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } = SmallServicePorts;

    /// <summary>Whether the small services are to be served.</summary>
    public bool ServesSmallServices { get; init; } = true;

    /// <summary>A database in MaxMind's format, read again whenever it changes; <see langword="null"/> for the one that is built in.</summary>
    public string? DatabasePath { get; init; }

    /// <summary>Whether it tells on standard output what it does, with a table of the countries.</summary>
    public bool ShowsTable { get; init; } = true;
}
