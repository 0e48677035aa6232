using System.Net;

namespace ExampleHost;

/// <summary>IPv4 addresses as sockets for both families have them.</summary>
public static class PlainAddress
{
    /// <summary><c>::ffff:192.0.2.1</c> as <c>192.0.2.1</c>; every other address as it is.</summary>
    /// <param name="address">The address.</param>
    public static IPAddress Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
