using System.Text.Json.Serialization;
using GeoIp.Places;

namespace GeoIp.Web;

/// <summary>What the page is told with every change.</summary>
internal sealed record PageData(
    TrafficTotals Totals,
    IReadOnlyList<CountryCount> Countries,
    IReadOnlyList<CityCount> Cities,
    IReadOnlyList<ServiceCount> Services,
    IReadOnlyList<AddressCount> Addresses,
    IReadOnlyList<WordCount> Words,
    DatabaseInfo Database);

/// <summary>What is written as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageData))]
[JsonSerializable(typeof(IReadOnlyList<CountryCount>))]
[JsonSerializable(typeof(IReadOnlyList<CityCount>))]
[JsonSerializable(typeof(IReadOnlyList<ServiceCount>))]
[JsonSerializable(typeof(IReadOnlyList<AddressCount>))]
[JsonSerializable(typeof(IReadOnlyList<WordCount>))]
[JsonSerializable(typeof(TrafficTotals))]
internal sealed partial class JsonTypes : JsonSerializerContext;
