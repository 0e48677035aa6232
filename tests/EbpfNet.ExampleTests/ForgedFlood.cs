using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.ExampleTests;

/// <summary>A flood of packets, each from an address of its own, from a host that nobody has to answer.</summary>
/// <param name="from">The host.</param>
/// <param name="interfaceName">Its interface.</param>
internal sealed class ForgedFlood(NetworkHost from, string interfaceName)
{
    /// <summary>A host on one cable with another, in an IPv4 network of 65,536 addresses.</summary>
    /// <param name="flooded">The other host.</param>
    /// <param name="interfaceName">What both call their end of the cable.</param>
    /// <param name="address">The other's address there.</param>
    internal static NetworkHost CreateForger(NetworkHost flooded, string interfaceName, IPAddress address)
    {
        NetworkHost forger = NetworkHost.Create("forger");
        try
        {
            VethPair.Create(flooded, interfaceName, forger, interfaceName);
            flooded.AddAddress(interfaceName, address, 16);
            forger.AddAddress(interfaceName, IPAddress.Parse("172.20.0.2"), 16);
            return forger;
        }
        catch
        {
            forger.Dispose();
            throw;
        }
    }

    /// <summary>How many of its packets the cable had no room for: the receiving processor's queue was full.</summary>
    internal long DroppedOnTheWay => from.Run(() =>
    {
        string line = File.ReadLines("/proc/thread-self/net/dev").First(line => line.Contains($"{interfaceName}:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)[12], CultureInfo.InvariantCulture);
    });

    /// <summary>Sends an IPv4 packet many times, to one address, from all over the world.</summary>
    /// <param name="packet">The packet, from its IP header on.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="times">How often.</param>
    /// <param name="complementAt">Where its payload holds four bytes that may be any: with the complement of each source there, a checksum that is right without both stays so.</param>
    internal void Send(byte[] packet, IPAddress to, uint times, int? complementAt = null)
    {
        using Socket forger = from.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        forger.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        to.GetAddressBytes().CopyTo(packet, 16);
        SocketAddress destination = new IPEndPoint(to, 0).Serialize();
        for (uint i = 0; i < times; i++)
        {
            // An odd factor gives every number another address; they lie between 16.0.0.0 and 79.255.255.255, of which the kernel takes all.
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), 0x1000_0000 + ((i * 2_654_435_761) & 0x3FFF_FFFF));
            if (complementAt is { } at)
            {
                BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(at), ~BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(12)));
            }

            forger.SendTo(packet, SocketFlags.None, destination);
        }
    }

    /// <summary>The most memory that a process ever had, in MiB.</summary>
    internal static long PeakMemory(int processId)
    {
        string line = File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
