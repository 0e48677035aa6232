using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>Where a packet socket sends frames to and takes them from: an interface (<c>struct sockaddr_ll</c>).</summary>
/// <param name="interfaceIndex">The interface's index.</param>
/// <param name="protocol">The Ethernet type that is received; <see cref="AllProtocols"/> for every one.</param>
internal sealed class LinkLayerEndPoint(int interfaceIndex, ushort protocol = LinkLayerEndPoint.AllProtocols) : EndPoint
{
    public const ushort AllProtocols = 3; // ETH_P_ALL

    public override AddressFamily AddressFamily => AddressFamily.Packet;

    public override SocketAddress Serialize()
    {
        SocketAddress address = new(AddressFamily.Packet, 20);
        BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], protocol);
        BitConverter.TryWriteBytes(address.Buffer.Span[4..], interfaceIndex);
        return address;
    }
}
