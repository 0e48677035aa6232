using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>What the interfaces of this network namespace have attached: XDP and tc, by link or not.</summary>
internal static class NetworkFacts
{
    internal static readonly string[] Columns = ["interface", "hook", "prog_id", "prog", "way", "link_id", "outlives_its_process"];

    internal static IEnumerable<Facts> All()
    {
        Dictionary<(uint Program, uint Interface), uint> xdpLinks = [];
        foreach (BpfLink link in BpfLink.OpenAll())
        {
            using (link)
            {
                if (link.GetInfo() is XdpLinkInfo { InterfaceIndex: not 0 } info)
                {
                    xdpLinks[(info.ProgramId, info.InterfaceIndex)] = info.Id;
                }
            }
        }

        using NetlinkSocket socket = NetlinkSocket.Open();
        foreach (NetworkDevice device in NetworkDevice.List(socket))
        {
            foreach ((string hook, uint program) in (IEnumerable<(string, uint)>)[("xdp native", device.Xdp.NativeProgramId), ("xdp generic", device.Xdp.GenericProgramId), ("xdp offload", device.Xdp.OffloadedProgramId)])
            {
                if (program != 0)
                {
                    uint link = xdpLinks.GetValueOrDefault((program, (uint)device.Index));
                    yield return Of(device, hook, program, link == 0 ? "netlink" : "link", link, null);
                }
            }

            foreach (TcDirection direction in (TcDirection[])[TcDirection.Ingress, TcDirection.Egress])
            {
                foreach (TcHookProgram program in TcHook.Query(device.Index, direction).Programs)
                {
                    string way = program.Mechanism == TcMechanism.Filter ? "filter" : program.LinkId == 0 ? "tcx" : "tcx link";
                    yield return Of(device, $"tc {direction.ToString().ToLowerInvariant()}", program.ProgramId, way, program.LinkId, program);
                }
            }
        }
    }

    private static Facts Of(NetworkDevice device, string hook, uint program, string way, uint link, TcHookProgram? tc) => new Facts()
        .Add("kind", "net")
        .Add("interface", device.Name)
        .Add("interface_index", device.Index)
        .Add("hook", hook)
        .Add("prog_id", program == 0 ? null : program)
        .Add("prog", NameOf(program))
        .Add("way", way)
        .Add("link_id", link == 0 ? null : link)
        .Add("priority", tc is { Mechanism: TcMechanism.Filter } ? (uint)tc.Priority : null)
        .Add("handle", tc is { Mechanism: TcMechanism.Filter } ? tc.FilterHandle : null)
        .Add("outlives_its_process", link == 0);

    private static string? NameOf(uint id)
    {
        try
        {
            using BpfProgram program = BpfProgram.OpenById(id);
            return program.Name;
        }
        catch (BpfException)
        {
            return null; // Gone meanwhile.
        }
    }
}
