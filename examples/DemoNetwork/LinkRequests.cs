using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DemoNetwork;

/// <summary>The requests to the routing socket that made hosts need. Each works in the calling thread's namespace. Constants: linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h.</summary>
internal static class LinkRequests
{
    private const ushort NewLink = 16;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort NewRoute = 24;

    private const ushort Exclusive = 0x200;
    private const ushort Create = 0x400;
    private const ushort Dump = 0x300;

    private const ushort LinkAddress = 1;
    private const ushort LinkName = 3;
    private const ushort LinkMaster = 10;
    private const ushort LinkInfo = 18;
    private const ushort LinkNamespaceFd = 28;
    private const ushort LinkXdp = 43;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort VethPeer = 1;
    private const ushort BridgeMulticastSnooping = 23;
    private const ushort XdpAttached = 2;
    private const ushort XdpProgramId = 4;

    private const int LinkHeaderLength = 16;
    private const uint Up = 0x1;

    /// <summary>Creates a veth pair with one end here and one in another namespace.</summary>
    internal static void AddVeth(NetlinkRoute route, string name, string peerName, SafeFileHandle peerNamespace)
        => route.Ask($"create the veth pair '{name}' and '{peerName}'", new NetlinkMessage(NewLink, Create | Exclusive)
            .AppendLinkHeader()
            .Attribute(LinkName, name)
            .Nested(LinkInfo, info => info
                .Attribute(InfoKind, "veth"u8)
                .Nested(InfoData, data => data
                    .Nested(VethPeer, peer => peer
                        .AppendLinkHeader()
                        .Attribute(LinkName, peerName)
                        .Attribute(LinkNamespaceFd, (int)peerNamespace.DangerousGetHandle())))));

    /// <summary>Creates a bridge that passes every packet on, multicast included.</summary>
    internal static void AddBridge(NetlinkRoute route, string name)
        => route.Ask($"create the bridge '{name}'", new NetlinkMessage(NewLink, Create | Exclusive)
            .AppendLinkHeader()
            .Attribute(LinkName, name)
            .Nested(LinkInfo, info => info
                .Attribute(InfoKind, "bridge"u8)
                .Nested(InfoData, data => data.Attribute(BridgeMulticastSnooping, (byte)0))));

    internal static void SetUp(NetlinkRoute route, int index, string name)
        => route.Ask($"bring '{name}' up", new NetlinkMessage(NewLink).AppendLinkHeader(index, Up, Up));

    internal static void SetMaster(NetlinkRoute route, int index, int bridgeIndex, string name)
        => route.Ask($"make '{name}' a port of the bridge", new NetlinkMessage(NewLink).AppendLinkHeader(index).Attribute(LinkMaster, bridgeIndex));

    internal static void AddAddress(NetlinkRoute route, int index, string name, IPAddress address, int prefixLength)
    {
        const ushort Local = 2;
        const ushort Address = 1;
        const ushort Flags = 8;
        const uint NoDuplicateDetection = 0x2; // an IPv6 address is usable at once, not a second later
        byte[] bytes = address.GetAddressBytes();
        NetlinkMessage message = new NetlinkMessage(NewAddress, Create | Exclusive)
            .Append(KernelFamily(address))
            .Append((byte)prefixLength)
            .Append((byte)0)
            .Append((byte)0)
            .Append(index)
            .Attribute(Local, bytes)
            .Attribute(Address, bytes)
            .Attribute(Flags, NoDuplicateDetection);
        route.Ask($"give '{name}' the address {address}/{prefixLength}", message);
    }

    internal static void AddRoute(NetlinkRoute route, IPAddress destination, int prefixLength, IPAddress gateway)
    {
        const byte MainTable = 254;
        const byte SetByAdministrator = 4;
        const byte Everywhere = 0;
        const byte Unicast = 1;
        const ushort Destination = 1;
        const ushort Gateway = 5;
        NetlinkMessage message = new NetlinkMessage(NewRoute, Create | Exclusive)
            .Append(KernelFamily(destination))
            .Append((byte)prefixLength)
            .Append((byte)0)
            .Append((byte)0)
            .Append(MainTable)
            .Append(SetByAdministrator)
            .Append(Everywhere)
            .Append(Unicast)
            .Append(0u);
        if (prefixLength > 0)
        {
            message.Attribute(Destination, destination.GetAddressBytes());
        }

        route.Ask($"add a route to {destination}/{prefixLength} by way of {gateway}", message.Attribute(Gateway, gateway.GetAddressBytes()));
    }

    internal static List<HostInterface> GetInterfaces(NetlinkRoute route)
    {
        List<HostInterface> interfaces = [];
        foreach ((ushort type, byte[] body) in route.Ask("list the network interfaces", new NetlinkMessage(GetLink, Dump).AppendLinkHeader()))
        {
            if (type == NewLink)
            {
                interfaces.Add(ReadInterface(body));
            }
        }

        return interfaces;
    }

    private static HostInterface ReadInterface(ReadOnlySpan<byte> link)
    {
        int index = BinaryPrimitives.ReadInt32LittleEndian(link[4..]);
        ReadOnlySpan<byte> attributes = link[LinkHeaderLength..];
        string name = Encoding.UTF8.GetString(NetlinkAttributes.Find(attributes, LinkName).TrimEnd((byte)0));
        PhysicalAddress address = new(NetlinkAttributes.Find(attributes, LinkAddress).ToArray());
        ReadOnlySpan<byte> xdp = NetlinkAttributes.Find(attributes, LinkXdp);
        ReadOnlySpan<byte> attached = NetlinkAttributes.Find(xdp, XdpAttached);
        ReadOnlySpan<byte> program = NetlinkAttributes.Find(xdp, XdpProgramId);
        bool hasProgram = !attached.IsEmpty && attached[0] != 0;
        uint? programId = hasProgram && program.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(program) : hasProgram ? 0u : null;
        return new HostInterface(name, index, address, programId);
    }

    private static byte KernelFamily(IPAddress address) => (byte)(address.AddressFamily == AddressFamily.InterNetworkV6 ? 10 : 2);
}
