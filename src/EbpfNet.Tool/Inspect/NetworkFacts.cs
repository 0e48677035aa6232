using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>What the interfaces of this network namespace have attached, by link or not.</summary>
internal static class NetworkFacts
{
    internal static readonly string[] Columns = ["interface", "hook", "prog_id", "prog", "way", "link_id", "outlives_its_process"];

    private static readonly BpfAttachType[] Lists = [BpfAttachType.TcxIngress, BpfAttachType.TcxEgress, BpfAttachType.NetkitPrimary, BpfAttachType.NetkitPeer];

    internal static IEnumerable<Facts> All()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        IReadOnlyList<NetworkDevice> devices = NetworkDevice.List(socket);
        Lazy<MachineLinks> links = new(MachineLinks.Read);
        List<NetworkAttachment> routes = [];
        NetworkAttachments.FindRoutes(socket, devices, routes);
        return [
            .. devices.SelectMany(device => Of(device, links)),
            .. routes.Select(route => Of(devices.First(device => device.Index == route.InterfaceIndex), $"route {route.Place}", route.ProgramId, "route", 0)),
        ];
    }

    private static IEnumerable<Facts> Of(NetworkDevice device, Lazy<MachineLinks> links)
    {
        foreach ((string hook, uint program) in (IEnumerable<(string, uint)>)[("xdp native", device.Xdp.NativeProgramId), ("xdp generic", device.Xdp.GenericProgramId), ("xdp offload", device.Xdp.OffloadedProgramId)])
        {
            if (program != 0)
            {
                uint? link = links.Value.FindXdp(program, device.Index);
                yield return Of(device, hook, program, link switch { null => "unknown", 0 => "netlink", _ => "link" }, link);
            }
        }

        foreach (BpfAttachType type in Lists)
        {
            if (DevicePrograms.Query(device.Index, type, out DeviceProgramList list) == BpfErrno.None)
            {
                foreach ((uint program, uint link) in list.Programs)
                {
                    yield return Of(device, Names.Of(type).Replace('_', ' '), program, link == 0 ? "program" : "link", link);
                }
            }
        }

        foreach (TcDirection direction in (TcDirection[])[TcDirection.Ingress, TcDirection.Egress])
        {
            foreach (TcHookProgram filter in Query(device, direction).Where(program => program.Mechanism == TcMechanism.Filter))
            {
                yield return Of(device, $"tc {direction.ToString().ToLowerInvariant()}", filter.ProgramId, filter.Block is null ? "filter" : "shared filter", 0)
                    .Add("priority", (uint)filter.Priority).Add("handle", filter.FilterHandle).Add("block", filter.Block);
            }
        }
    }

    private static IReadOnlyList<TcHookProgram> Query(NetworkDevice device, TcDirection direction)
    {
        try
        {
            return TcHook.Query(device.Index, direction).Programs;
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.ENODEV)
        {
            return []; // It has gone since it was listed.
        }
    }

    private static Facts Of(NetworkDevice device, string hook, uint program, string way, uint? link) => new Facts()
        .Add("kind", "net")
        .Add("interface", device.Name)
        .Add("interface_index", device.Index)
        .Add("hook", hook)
        .Add("prog_id", program == 0 ? null : program)
        .Add("prog", Names.OfProgram(program))
        .Add("way", way)
        .Add("link_id", link == 0 ? null : link)
        .Add("outlives_its_process", link is null ? null : link == 0);
}
