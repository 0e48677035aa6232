using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ExampleHost;

namespace TcpProxy;

/// <summary>The addresses of this machine.</summary>
internal static class OwnAddresses
{
    /// <summary>To read them takes a dozen files, and more for each interface.</summary>
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private static Reading? _last;

    /// <summary>Whether connections to an address stay on this machine.</summary>
    internal static bool Contains(IPAddress address)
    {
        IPAddress plain = PlainAddress.Of(address);
        return IPAddress.IsLoopback(plain) || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any)
            || Read().Contains(WithoutScope(plain));
    }

    private static HashSet<IPAddress> Read()
    {
        Reading? last = Volatile.Read(ref _last);
        if (last is null || Stopwatch.GetElapsedTime(last.Time) > GoodFor)
        {
            last = new Reading(Stopwatch.GetTimestamp(), [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(one => one.GetIPProperties().UnicastAddresses).Select(own => WithoutScope(own.Address))]);
            Volatile.Write(ref _last, last);
        }

        return last.Addresses;
    }

    private static IPAddress WithoutScope(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;

    private sealed record Reading(long Time, HashSet<IPAddress> Addresses);
}
