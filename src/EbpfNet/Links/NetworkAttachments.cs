using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Finds what programs are attached to the interfaces of a network namespace without a link: what netlink attached outlives a process that is killed (SIGKILL), and what other
/// tools attached so is there until somebody detaches it. Attachments by links are found by <see cref="BpfLink.GetIds"/>.
/// </summary>
public static class NetworkAttachments
{
    private static readonly XdpFlags[] Modes = [XdpFlags.Native, XdpFlags.Generic, XdpFlags.Offload];

    /// <summary>All of the calling thread's network namespace, by interface.</summary>
    /// <remarks>
    /// The kernel does not say whether a link holds an XDP program: one counts as held where a link for the same program and an interface of the same index is on this machine,
    /// though that may be in another namespace. Where this process may not list links (CAP_SYS_ADMIN) all XDP programs are told, with <see cref="NetworkAttachment.MayHaveLink"/>.
    /// An interface that goes meanwhile is left out. A filter of a block that interfaces share is there once for each of them: see <see cref="NetworkAttachment.Block"/>.
    /// </remarks>
    /// <exception cref="BpfSyscallException">CAP_NET_ADMIN or CAP_SYS_ADMIN is missing.</exception>
    public static IReadOnlyList<NetworkAttachment> Find()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        var found = new List<NetworkAttachment>();
        IReadOnlyList<NetworkDevice> devices = NetworkDevice.List(socket);
        var links = new Lazy<MachineLinks>(MachineLinks.Read);
        foreach (NetworkDevice device in devices)
        {
            FindXdp(device, links, found);
            FindFilters(socket, device, TcDirection.Ingress, found);
            FindFilters(socket, device, TcDirection.Egress, found);
            if (!TcProbes.Tcx.IsMissing)
            {
                FindListed(device, NetworkAttachmentKind.Tcx, BpfAttachType.TcxIngress, "ingress", found);
                FindListed(device, NetworkAttachmentKind.Tcx, BpfAttachType.TcxEgress, "egress", found);
                FindListed(device, NetworkAttachmentKind.Netkit, BpfAttachType.NetkitPrimary, "primary", found);
                FindListed(device, NetworkAttachmentKind.Netkit, BpfAttachType.NetkitPeer, "peer", found);
            }
        }

        FindRoutes(socket, devices, found);
        return found;
    }

    /// <summary>
    /// The interfaces of the calling thread's network namespace that have the queueing discipline <c>clsact</c> with nothing on it, by name: what is left of filters. Nobody can tell who made it; an
    /// empty one does no harm.
    /// </summary>
    /// <exception cref="BpfSyscallException">The kernel does not list the interfaces.</exception>
    public static IReadOnlyList<string> FindEmptyClsact()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        IReadOnlyList<int> found = ClsactQdisc.FindEmpty(socket);
        return [.. NetworkDevice.List(socket).Where(device => found.Contains(device.Index)).Select(device => device.Name)];
    }

    /// <summary>Removes the queueing discipline <c>clsact</c> of an interface, unless something hangs on it: a filter of anybody's, or a block of filters that interfaces share.</summary>
    /// <param name="interfaceName">The interface, in the network namespace of the calling thread.</param>
    /// <returns>Whether it was removed: not where the interface has none, or one that is in use.</returns>
    /// <exception cref="BpfSyscallException">There is no such interface, or CAP_NET_ADMIN is missing.</exception>
    public static bool RemoveEmptyClsact(string interfaceName)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        using NetlinkSocket socket = NetlinkSocket.Open();
        string operation = $"remove the queueing discipline clsact of interface '{interfaceName}'";
        NetlinkVerdict verdict = ClsactQdisc.RemoveIfEmpty(socket, NetworkDevice.Get(socket, interfaceName, 0, operation).Index);
        return verdict.Error switch
        {
            BpfErrno.None => true,
            BpfErrno.ENOENT or BpfErrno.EBUSY => false,
            _ => throw SyscallErrors.Create(verdict.Error, "RTM_DELQDISC", operation, null, verdict.Message),
        };
    }

    /// <summary>The routes that have programs.</summary>
    internal static void FindRoutes(NetlinkSocket socket, IReadOnlyList<NetworkDevice> devices, List<NetworkAttachment> found)
    {
        FindRoutes(socket, RouteNumbers.IPv4, devices, found);
        FindRoutes(socket, RouteNumbers.IPv6, devices, found);
    }

    private static void FindRoutes(NetlinkSocket socket, byte family, IReadOnlyList<NetworkDevice> devices, List<NetworkAttachment> found)
    {
        foreach ((ProgramRoute route, string name) in ProgramRoute.List(socket, family))
        {
            if (devices.FirstOrDefault(device => device.Index == route.InterfaceIndex) is { } device)
            {
                found.Add(new NetworkAttachment(
                    device,
                    NetworkAttachmentKind.Lwt,
                    $"to {route.Destination}{(route.Table is RouteNumbers.MainTable ? "" : $" in table {route.Table}")}",
                    LwtLinkExtensions.IdIn(name),
                    "RTM_DELROUTE",
                    now => ProgramRoute.List(now, family).Contains((route, name))
                        ? now.Request(RouteRequests.Remove(stackalloc byte[RouteRequests.BufferSize], route))
                        : new NetlinkVerdict(BpfErrno.ENOENT, null)));
            }
        }
    }

    private static void FindXdp(NetworkDevice device, Lazy<MachineLinks> links, List<NetworkAttachment> found)
    {
        foreach (XdpFlags mode in Modes)
        {
            uint id = device.Xdp.ProgramId(mode);
            if (id != 0 && links.Value.FindXdp(id, device.Index) is 0 or null)
            {
                found.Add(new NetworkAttachment(
                    device, NetworkAttachmentKind.Xdp, mode.ToMode().ToString().ToLowerInvariant(), id, "RTM_SETLINK", socket => DetachXdp(socket, device.Index, mode, id))
                {
                    MayHaveLink = links.Value.FindXdp(id, device.Index) is null,
                });
            }
        }
    }

    private static void FindFilters(NetlinkSocket socket, NetworkDevice device, TcDirection direction, List<NetworkAttachment> found)
    {
        foreach (TrafficFilter filter in TrafficFilter.List(socket, device.Index, direction.ToParent()).Where(filter => filter is { IsBpf: true, ProgramId: not 0 }))
        {
            FilterPlace place = filter.Place;
            found.Add(new NetworkAttachment(
                device,
                NetworkAttachmentKind.TcFilter,
                $"{direction.Word()}, priority {place.Priority}, handle 0x{place.Handle:x}{(filter.Block is { } block ? $" of block {block}, which other interfaces may share" : "")}",
                filter.ProgramId,
                "RTM_DELTFILTER",
                now => TcFilterAttachment.Remove(now, place, filter.ProgramId))
            {
                Priority = place.Priority,
                FilterHandle = place.Handle,
                Block = filter.Block,
            });
        }
    }

    private static void FindListed(NetworkDevice device, NetworkAttachmentKind kind, BpfAttachType type, string place, List<NetworkAttachment> found)
    {
        if (DevicePrograms.Query(device.Index, type, out DeviceProgramList list) != BpfErrno.None)
        {
            return; // No netkit device, or not seen from this side.
        }

        found.AddRange(list.Programs.Where(entry => entry.LinkId == 0).Select(entry => new NetworkAttachment(
            device, kind, place, entry.ProgramId, BpfCommand.ProgDetach.ToCName(), _ => DetachListed(device.Index, type, entry.ProgramId))));
    }

    private static NetlinkVerdict DetachXdp(NetlinkSocket socket, int interfaceIndex, XdpFlags mode, uint programId)
    {
        // To detach the right program takes one that is open.
        BpfErrno error = KernelObjects.TryOpenById(BpfCommand.ProgGetFdById, programId, out BpfHandle? program);
        using (program)
        {
            return program is null ? new NetlinkVerdict(error, null) : XdpNetlinkAttachment.Replace(socket, interfaceIndex, mode, null, program, programId);
        }
    }

    private static NetlinkVerdict DetachListed(int interfaceIndex, BpfAttachType type, uint programId)
    {
        BpfErrno error = KernelObjects.TryOpenById(BpfCommand.ProgGetFdById, programId, out BpfHandle? program);
        using (program)
        {
            return new NetlinkVerdict(program is null ? error : DevicePrograms.Detach(program, interfaceIndex, type), null);
        }
    }
}
