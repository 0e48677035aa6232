using System.Net;
using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The requests that make, replace and remove routes that run programs, as plain bytes: nothing here talks to the kernel.</summary>
internal static class RouteRequests
{
    /// <summary>Room for any request of this class.</summary>
    public const int BufferSize = 512;

    private const int LongestAddress = 16;

    /// <summary><c>RTM_NEWROUTE</c>.</summary>
    /// <param name="buffer">Room.</param>
    /// <param name="route">The route.</param>
    /// <param name="fd">Its program.</param>
    /// <param name="name">What the program is called there; the kernel tells routes apart by it.</param>
    /// <param name="replace">Whether it goes into the place of the one there, or only where there is none.</param>
    public static NetlinkMessage Set(Span<byte> buffer, ProgramRoute route, int fd, string name, bool replace) =>
        Build(buffer, NetlinkType.NewRoute, NetlinkFlags.Acknowledge | NetlinkFlags.Create | (replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive), route, fd, name);

    /// <summary><c>RTM_DELROUTE</c> of a route with a program of this name.</summary>
    public static NetlinkMessage Remove(Span<byte> buffer, ProgramRoute route, int fd, string name) =>
        Build(buffer, NetlinkType.DeleteRoute, NetlinkFlags.Acknowledge, route, fd, name);

    /// <summary><c>RTM_DELROUTE</c> of a route whatever it runs.</summary>
    public static NetlinkMessage Remove(Span<byte> buffer, ProgramRoute route) => Build(buffer, NetlinkType.DeleteRoute, NetlinkFlags.Acknowledge, route, null, "");

    /// <summary><c>RTM_GETROUTE</c> of all routes of a family.</summary>
    public static NetlinkMessage List(Span<byte> buffer, byte family)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.GetRoute, NetlinkFlags.Dump);
        message.Append(new RouteMessage { Family = family });
        return message;
    }

    private static NetlinkMessage Build(Span<byte> buffer, NetlinkType type, NetlinkFlags flags, ProgramRoute route, int? fd, string name)
    {
        bool isLocal = route.IsLocal;
        var message = new NetlinkMessage(buffer, type, flags);
        message.Append(new RouteMessage
        {
            Family = route.Family,
            DestinationLength = (byte)route.Destination.PrefixLength,
            Table = (byte)Math.Min(route.Table, byte.MaxValue),
            Protocol = RouteNumbers.StaticProtocol,
            Scope = isLocal ? RouteNumbers.OnHost : route.Gateway is null ? RouteNumbers.OnLink : RouteNumbers.Everywhere,
            Type = isLocal ? RouteNumbers.Local : RouteNumbers.Unicast,
        });
        Append(ref message, RouteAttribute.Destination, route.Destination.BaseAddress);
        if (route.Gateway is { } gateway)
        {
            Append(ref message, RouteAttribute.Gateway, gateway);
        }

        message.Attribute(RouteAttribute.OutgoingInterface, route.InterfaceIndex);
        message.Attribute(RouteAttribute.Table, route.Table);
        if (route.Metric != 0)
        {
            message.Attribute(RouteAttribute.Priority, route.Metric);
        }

        if (fd is { } program)
        {
            AppendProgram(ref message, route, program, name);
        }

        return message;
    }

    private static void AppendProgram(ref NetlinkMessage message, ProgramRoute route, int fd, string name)
    {
        bool isSegment = route.Type == BpfProgramType.LwtSeg6Local;
        message.Attribute(RouteAttribute.EncapsulationType, isSegment ? RouteNumbers.Seg6LocalEncapsulation : RouteNumbers.BpfEncapsulation);
        int encapsulation = message.BeginNested(RouteAttribute.Encapsulation);
        if (isSegment)
        {
            message.Attribute(Seg6LocalAttribute.Action, Seg6LocalAttribute.EndBpf);
        }

        int program = message.BeginNested(route.Type switch
        {
            BpfProgramType.LwtIn => BpfRouteAttribute.In,
            BpfProgramType.LwtOut => BpfRouteAttribute.Out,
            BpfProgramType.LwtXmit => BpfRouteAttribute.Transmit,
            _ => Seg6LocalAttribute.Program,
        });
        message.Attribute(BpfRouteAttribute.Fd, fd);
        message.Attribute(BpfRouteAttribute.Name, name);
        message.EndNested(program);
        if (route.Headroom != 0)
        {
            message.Attribute(BpfRouteAttribute.Headroom, route.Headroom);
        }

        message.EndNested(encapsulation);
    }

    private static void Append(ref NetlinkMessage message, ushort type, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[LongestAddress];
        _ = address.TryWriteBytes(bytes, out int length);
        message.Attribute(type, (ReadOnlySpan<byte>)bytes[..length]);
    }
}

/// <summary><c>struct rtmsg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteMessage
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}
