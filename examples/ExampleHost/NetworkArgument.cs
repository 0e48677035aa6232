using System.Net;
using System.Net.Sockets;

namespace ExampleHost;

/// <summary>Reads an address or a prefix, IPv4 or IPv6, as people write them; slips of the hand are refused.</summary>
public static class NetworkArgument
{
    /// <summary>The network; an address is one of its own length.</summary>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static IPNetwork Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 2 || !TryParseAddress(parts[0], out IPAddress address))
        {
            throw new UserErrorException($"'{text}' is not an address: write an IPv4 or IPv6 address, or a prefix such as 192.0.2.0/24 or 2001:db8::/32.");
        }

        int bits = address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
        int length = bits;
        if (parts.Length == 2 && !(IsNumber(parts[1]) && int.TryParse(parts[1], out length) && length <= bits))
        {
            throw new UserErrorException($"'{text}' is not a prefix: the number after '/' goes from 0 to {bits}.");
        }

        IPAddress network = Mask(address, length);
        return network.Equals(address)
            ? Plain(network, length)
            : throw new UserErrorException($"'{text}' has bits set after its first {length}: write {network}/{length} for the whole prefix, or {address} for the one address.");
    }

    /// <summary>IPv4 over IPv6 is IPv4: one network, one form.</summary>
    private static IPNetwork Plain(IPAddress address, int length)
        => address.IsIPv4MappedToIPv6 && length >= 96 ? new IPNetwork(address.MapToIPv4(), length - 96) : new IPNetwork(address, length);

    private static bool TryParseAddress(string text, out IPAddress address)
    {
        // IPAddress also takes "1" and "10.1" for IPv4 and scopes for IPv6: as rules they would be slips of the hand.
        bool isIPv6 = text.Contains(':');
        bool isComplete = isIPv6 ? !text.AsSpan().ContainsAny('%', '[') : text.Split('.') is { Length: 4 } octets && octets.All(IsNumber);
        address = IPAddress.None;
        if (!isComplete || !IPAddress.TryParse(text, out IPAddress? parsed))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    // No leading zeros: some programs read them as octal.
    private static bool IsNumber(string text) => text.Length is > 0 and <= 3 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0');

    private static IPAddress Mask(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
