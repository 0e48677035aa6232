using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to routes (lightweight tunnels).</summary>
public static class LwtLinkExtensions
{
    private const int LongestName = 255; // MAX_PROG_NAME less the NUL
    private const int MostHeadroom = 256; // LWT_BPF_MAX_HEADROOM

    /// <summary>
    /// Makes a route that runs a program on the packets that take it (<c>RTM_NEWROUTE</c> with <c>LWTUNNEL_ENCAP_BPF</c>, Linux 4.10; for section <c>lwt_seg6local</c> with
    /// <c>LWTUNNEL_ENCAP_SEG6_LOCAL</c>, Linux 4.18). When it runs is in the program's section: <c>lwt_in</c> on packets that come in, <c>lwt_out</c> on those that this host sends,
    /// <c>lwt_xmit</c> on those that leave, <c>lwt_seg6local</c> at the end of a segment (IPv6).
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="destination">Where the packets go.</param>
    /// <param name="interfaceName">The interface that they leave by, in the network namespace of the calling thread.</param>
    /// <param name="options">The rest of the route; <see langword="null"/> for the defaults.</param>
    /// <returns>The link; disposing it removes the route.</returns>
    /// <exception cref="ArgumentException">It is no such program, or the destination, the gateway or the headroom does not go with it.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, there is such a route already, or CAP_NET_ADMIN is missing: the message says which.</exception>
    public static LwtLink AttachLwt(this BpfProgram program, IPNetwork destination, string interfaceName, LwtAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        options ??= new LwtAttachOptions();
        Check(program, destination, options);
        using LiveLinks.Making _ = LiveLinks.Make();
        NetlinkSocket? socket = NetlinkSocket.Open();
        try
        {
            NetworkDevice device = NetworkDevice.Get(socket, interfaceName, 0, $"attach {program} to a route by interface '{interfaceName}'");
            var route = new ProgramRoute(destination, device.Index, program.Type)
            {
                Gateway = options.Gateway,
                Metric = options.Metric,
                Table = options.Table != 0 ? options.Table : options.IsLocal ? RouteNumbers.LocalTable : RouteNumbers.MainTable,
                IsLocal = options.IsLocal,
                Headroom = (uint)options.Headroom,
            };
            LwtLink link = Attach(program, socket, device, route);
            socket = null; // The link needs it to detach.
            return link;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>What a program is called in its route: its own name, and the id that tells it from others.</summary>
    internal static string NameOf(BpfProgram program) => NameOf(program.Name, program.Id);

    /// <summary>The id in the name of a program of ours; 0 where others made the route.</summary>
    internal static uint IdIn(string name) =>
        name.LastIndexOf('#') is >= 0 and int at && uint.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : 0;

    private static string NameOf(string name, uint id)
    {
        string end = string.Create(CultureInfo.InvariantCulture, $"#{id}");
        int most = (LongestName / 4) - end.Length; // No character takes more than four bytes.
        return (name.Length <= most ? name : name[..most]) + end;
    }

    private static LwtLink Attach(BpfProgram program, NetlinkSocket socket, NetworkDevice device, ProgramRoute route)
    {
        string name = NameOf(program);
        BpfHandle own = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = LwtAttachment.Make(socket, route, own, name);
        return verdict.Error == BpfErrno.None
            ? new LwtLink(program, device, new LwtAttachment(socket, route, own, name))
            : throw LwtErrors.Attach(program, route, device, verdict);
    }

    private static void Check(BpfProgram program, IPNetwork destination, LwtAttachOptions options)
    {
        if (program.Type is not (BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit or BpfProgramType.LwtSeg6Local))
        {
            throw new ArgumentException($"Only programs of sections 'lwt_in', 'lwt_out', 'lwt_xmit' and 'lwt_seg6local' can be attached to routes; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        if (program.Type == BpfProgramType.LwtSeg6Local && destination.BaseAddress.AddressFamily != AddressFamily.InterNetworkV6)
        {
            throw new ArgumentException($"{program} runs at the end of an IPv6 segment; {destination} is not IPv6.", nameof(destination));
        }

        if (options.Gateway is { } gateway && gateway.AddressFamily != destination.BaseAddress.AddressFamily)
        {
            throw new ArgumentException($"The gateway {gateway} is of another family than {destination}.", nameof(options));
        }

        if (options.Headroom is < 0 or > MostHeadroom || (options.Headroom != 0 && program.Type != BpfProgramType.LwtXmit))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Headroom, $"The headroom is 0 to {MostHeadroom} bytes, and for programs of section 'lwt_xmit' alone.");
        }
    }
}
