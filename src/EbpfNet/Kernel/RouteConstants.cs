namespace EbpfNet.Kernel;

/// <summary><c>RTA_*</c>: attributes of a route.</summary>
internal static class RouteAttribute
{
    public const ushort Destination = 1;
    public const ushort OutgoingInterface = 4;
    public const ushort Gateway = 5;
    public const ushort Priority = 6;
    public const ushort Table = 15;
    public const ushort EncapsulationType = 21;
    public const ushort Encapsulation = 22;
}

/// <summary>The numbers of routes that run programs (<c>linux/rtnetlink.h</c>, <c>linux/lwtunnel.h</c>, <c>linux/seg6_local.h</c>).</summary>
internal static class RouteNumbers
{
    public const byte IPv4 = 2; // AF_INET
    public const byte IPv6 = 10; // AF_INET6
    public const byte StaticProtocol = 4; // RTPROT_STATIC
    public const byte Everywhere = 0; // RT_SCOPE_UNIVERSE
    public const byte OnLink = 253; // RT_SCOPE_LINK
    public const byte OnHost = 254; // RT_SCOPE_HOST
    public const byte Unicast = 1; // RTN_UNICAST
    public const byte Local = 2; // RTN_LOCAL
    public const uint MainTable = 254; // RT_TABLE_MAIN
    public const uint LocalTable = 255; // RT_TABLE_LOCAL
    public const ushort BpfEncapsulation = 6; // LWTUNNEL_ENCAP_BPF
    public const ushort Seg6LocalEncapsulation = 7; // LWTUNNEL_ENCAP_SEG6_LOCAL
}

/// <summary><c>LWT_BPF_*</c>: attributes nested in <see cref="RouteAttribute.Encapsulation"/> of a route with programs.</summary>
internal static class BpfRouteAttribute
{
    public const ushort In = 1;
    public const ushort Out = 2;
    public const ushort Transmit = 3;
    public const ushort Headroom = 4;

    public const ushort Fd = 1; // LWT_BPF_PROG_FD
    public const ushort Name = 2; // LWT_BPF_PROG_NAME
}

/// <summary><c>SEG6_LOCAL_*</c>: the same of a route that is a segment's end.</summary>
internal static class Seg6LocalAttribute
{
    public const ushort Action = 1;
    public const ushort Program = 8; // SEG6_LOCAL_BPF
    public const uint EndBpf = 15; // SEG6_LOCAL_ACTION_END_BPF
}
