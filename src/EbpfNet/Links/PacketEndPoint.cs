using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EbpfNet;

/// <summary>All packets of an interface (<c>struct sockaddr_ll</c>).</summary>
internal sealed class PacketEndPoint(int interfaceIndex) : EndPoint
{
    private const int Size = 20;
    private const ushort AllProtocols = 3; // ETH_P_ALL

    public override AddressFamily AddressFamily => AddressFamily.Packet;

    public override SocketAddress Serialize()
    {
        SocketAddress address = new(AddressFamily.Packet, Size);
        BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], AllProtocols);
        BitConverter.TryWriteBytes(address.Buffer.Span[4..], interfaceIndex);
        return address;
    }
}
