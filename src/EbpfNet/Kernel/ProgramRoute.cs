using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>A route that runs a program on the packets that take it.</summary>
/// <param name="Destination">Where the packets go.</param>
/// <param name="InterfaceIndex">By which interface.</param>
/// <param name="Type">The kind of program, which says when it runs.</param>
internal sealed record ProgramRoute(IPNetwork Destination, int InterfaceIndex, BpfProgramType Type)
{
    public IPAddress? Gateway { get; init; }

    public uint Metric { get; init; }

    public uint Table { get; init; } = RouteNumbers.MainTable;

    public bool IsLocal { get; init; }

    public uint Headroom { get; init; }

    public byte Family => Destination.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? RouteNumbers.IPv6 : RouteNumbers.IPv4;

    /// <summary>All routes with programs, of one family, with the names that the programs have there.</summary>
    public static IReadOnlyList<(ProgramRoute Route, string Name)> List(NetlinkSocket socket, byte family)
    {
        var routes = new List<(ProgramRoute, string)>();
        NetlinkVerdict verdict = socket.Request(RouteRequests.List(stackalloc byte[RouteRequests.BufferSize], family), (type, content) =>
        {
            if (type == NetlinkType.NewRoute && Read(content) is { } route && !routes.Contains(route))
            {
                routes.Add(route);
            }
        });
        return verdict.Error is BpfErrno.None or BpfErrno.EAFNOSUPPORT or BpfErrno.EOPNOTSUPP
            ? routes
            : throw SyscallErrors.Create(verdict.Error, "RTM_GETROUTE", "list the routes", null, verdict.Message);
    }

    /// <summary>Whether it is the same place in the same table: what one route may have at a time.</summary>
    public bool IsSamePlace(ProgramRoute other) => (Destination, InterfaceIndex, Type, Table) == (other.Destination, other.InterfaceIndex, other.Type, other.Table)
        && (Metric == 0 || Metric == other.Metric); // IPv6 gives a metric to what has none.

    /// <summary>Reads the content of an <c>RTM_NEWROUTE</c> message.</summary>
    /// <returns>Nothing for a route without a program.</returns>
    internal static (ProgramRoute Route, string Name)? Read(SpanReader content)
    {
        byte family = content.ReadByte();
        byte prefix = content.ReadByte();
        content.Skip(sizeof(ushort)); // length of the source, type of service
        uint table = content.ReadByte();
        content.Skip(sizeof(ushort)); // protocol, scope
        byte kind = content.ReadByte();
        content.Skip(sizeof(uint)); // flags
        byte[] destination = new byte[family == RouteNumbers.IPv6 ? 16 : 4];
        int index = 0;
        uint metric = 0;
        ushort encapsulation = 0;
        (BpfProgramType Type, string Name)? program = null;
        var attributes = new NetlinkAttributes(content.Slice((ulong)content.Position, (ulong)content.Remaining, "the attributes"));
        while (attributes.MoveNext())
        {
            SpanReader value = attributes.Value;
            switch (attributes.Type)
            {
                case RouteAttribute.Destination when value.Remaining == destination.Length:
                    value.ReadBytes((ulong)destination.Length).CopyTo(destination);
                    break;
                case RouteAttribute.OutgoingInterface:
                    index = value.ReadInt32();
                    break;
                case RouteAttribute.Priority:
                    metric = value.ReadUInt32();
                    break;
                case RouteAttribute.Table:
                    table = value.ReadUInt32();
                    break;
                case RouteAttribute.EncapsulationType:
                    encapsulation = value.ReadUInt16();
                    break;
                case RouteAttribute.Encapsulation: // The kernel puts the type behind it.
                    program = ReadPrograms(value);
                    break;
            }
        }

        if (program is not { } found || family is not (RouteNumbers.IPv4 or RouteNumbers.IPv6) || prefix > destination.Length * 8
            || encapsulation != (found.Type == BpfProgramType.LwtSeg6Local ? RouteNumbers.Seg6LocalEncapsulation : RouteNumbers.BpfEncapsulation))
        {
            return null;
        }

        return (new ProgramRoute(new IPNetwork(new IPAddress(destination), prefix), index, found.Type) { Metric = metric, Table = table, IsLocal = kind == RouteNumbers.Local }, found.Name);
    }

    private static (BpfProgramType Type, string Name)? ReadPrograms(SpanReader content)
    {
        var attributes = new NetlinkAttributes(content);
        while (attributes.MoveNext())
        {
            BpfProgramType type = attributes.Type switch
            {
                BpfRouteAttribute.In => BpfProgramType.LwtIn, // Of a segment's end it is the action, which has no name in it.
                BpfRouteAttribute.Out => BpfProgramType.LwtOut,
                BpfRouteAttribute.Transmit => BpfProgramType.LwtXmit,
                Seg6LocalAttribute.Program => BpfProgramType.LwtSeg6Local,
                _ => BpfProgramType.Unspecified,
            };
            if (type == BpfProgramType.Unspecified || (attributes.Type == Seg6LocalAttribute.Action && attributes.Value.Remaining == sizeof(uint)))
            {
                continue;
            }

            var program = new NetlinkAttributes(attributes.Value);
            while (program.MoveNext())
            {
                if (program.Type == BpfRouteAttribute.Name)
                {
                    return (type, program.ReadString());
                }
            }
        }

        return null;
    }
}
