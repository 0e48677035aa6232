using System.Globalization;

namespace EbpfNet.Tool.Inspect;

/// <summary>What is told about a link: by its kind what it is attached to, with the names that this machine has for it.</summary>
internal static class LinkFacts
{
    internal static readonly string[] Columns = ["id", "type", "prog_id", "prog", "target", "pinned", "held_by"];

    internal static Facts Of(BpfLink link, Surroundings around)
    {
        BpfLinkInfo info = link.GetInfo();
        (string? program, string? function) = Look(info.ProgramId, around);
        Facts facts = new Facts()
            .Add("kind", "link")
            .Add("id", info.Id)
            .Add("type", Names.Of(info.Type))
            .Add("prog_id", info.ProgramId == 0 ? null : info.ProgramId)
            .Add("prog", program)
            .Add("target", Describe(info, function, around));
        AddDetails(facts, info, around);
        return facts
            .Add("pinned", around.Pins.Of(ObjectKinds.Links, info.Id))
            .Add("held_by", around.Holders.Of(ObjectKinds.Links, info.Id));
    }

    /// <summary>The program's name, and what it was loaded to be attached to.</summary>
    private static (string? Program, string? Function) Look(uint id, Surroundings around)
    {
        if (id == 0)
        {
            return default;
        }

        try
        {
            using BpfProgram program = BpfProgram.OpenById(id);
            BpfProgramInfo info = program.GetInfo();
            return (program.Name, around.TypeName(info.AttachBtfObjectId, info.AttachBtfId));
        }
        catch (BpfException)
        {
            return default; // Gone meanwhile.
        }
    }

    private static string Describe(BpfLinkInfo info, string? function, Surroundings around) => info switch
    {
        XdpLinkInfo { InterfaceIndex: not 0 } xdp => info.Target + HereCalled(around, xdp.InterfaceIndex),
        TcxLinkInfo { InterfaceIndex: not 0 } tcx => info.Target + HereCalled(around, tcx.InterfaceIndex),
        NetkitLinkInfo { InterfaceIndex: not 0 } netkit => info.Target + HereCalled(around, netkit.InterfaceIndex),
        CgroupLinkInfo cgroup when around.CgroupPath(cgroup.CgroupId) is { } path => $"{path}, {Names.Of(cgroup.AttachType)}",
        NetNsLinkInfo netns when around.Namespaces.Describe(netns.NamespaceInode) is { } space => $"{info.Target} ({space})",
        TracingLinkInfo tracing when function is not null => $"{function}, {Names.Of(tracing.AttachType)}",
        _ => info.Target,
    };

    private static string HereCalled(Surroundings around, uint index) => around.InterfaceName(index) is { } name ? $" ({name}, if of this network namespace)" : "";

    private static void AddDetails(Facts facts, BpfLinkInfo info, Surroundings around)
    {
        _ = info switch
        {
            XdpLinkInfo xdp => facts.Add("interface_index", xdp.InterfaceIndex),
            TcxLinkInfo tcx => facts.Add("interface_index", tcx.InterfaceIndex).Add("attach_type", Names.Of(tcx.AttachType)),
            NetkitLinkInfo netkit => facts.Add("interface_index", netkit.InterfaceIndex).Add("attach_type", Names.Of(netkit.AttachType)),
            NetfilterLinkInfo netfilter => facts.Add("family", netfilter.ProtocolFamily).Add("hook", netfilter.Hook).Add("priority", netfilter.Priority).Add("flags", netfilter.Flags),
            NetNsLinkInfo netns => facts.Add("namespace_inode", netns.NamespaceInode).Add("attach_type", Names.Of(netns.AttachType)),
            SockMapLinkInfo map => facts.Add("map_id", map.MapId).Add("attach_type", Names.Of(map.AttachType)),
            StructOpsLinkInfo map => facts.Add("map_id", map.MapId),
            CgroupLinkInfo cgroup => facts.Add("cgroup_id", cgroup.CgroupId).Add("cgroup", around.CgroupPath(cgroup.CgroupId)).Add("attach_type", Names.Of(cgroup.AttachType)),
            IteratorLinkInfo iterator => facts.Add("iterates_over", iterator.IteratesOver).Add("map_id", iterator.MapId == 0 ? null : iterator.MapId)
                .Add("cgroup_id", iterator.CgroupId == 0 ? null : iterator.CgroupId).Add("cgroup", around.CgroupPath(iterator.CgroupId)).Add("cgroup_order", iterator.CgroupId == 0 ? null : iterator.CgroupOrder)
                .Add("process", iterator.ProcessId == 0 ? null : iterator.ProcessId).Add("thread", iterator.ThreadId == 0 ? null : iterator.ThreadId),
            RawTracepointLinkInfo tracepoint => facts.Add("tracepoint", tracepoint.Tracepoint).Add("cookie", Cookie(tracepoint.Cookie)),
            TracingLinkInfo tracing => facts.Add("attach_type", Names.Of(tracing.AttachType)).Add("target_object_id", tracing.TargetObjectId).Add("target_btf_id", tracing.TargetBtfId).Add("cookie", Cookie(tracing.Cookie)),
            TracepointLinkInfo tracepoint => facts.Add("tracepoint", tracepoint.Name).Add("cookie", Cookie(tracepoint.Cookie)),
            KprobeLinkInfo probe => facts.Add("function", probe.Function).Add("offset", probe.Offset).Add("address", Cookie(probe.Address)).Add("return", probe.IsReturn).Add("missed", probe.Missed).Add("cookie", Cookie(probe.Cookie)),
            UprobeLinkInfo probe => facts.Add("file", probe.File).Add("offset", probe.Offset).Add("return", probe.IsReturn).Add("cookie", Cookie(probe.Cookie)),
            PerfEventLinkInfo counter => facts.Add("event_type", counter.EventType).Add("event_config", counter.EventConfig).Add("cookie", Cookie(counter.Cookie)),
            KprobeMultiLinkInfo probes => facts.Add("count", probes.Count).Add("return", probes.IsReturn).Add("flags", probes.Flags).Add("missed", probes.Missed)
                .Add("functions", around.FunctionNames(probes.Addresses)).Add("addresses", probes.Addresses.Where(address => address != 0).Select(Hexadecimal)).Add("cookies", Cookies(probes.Cookies)),
            UprobeMultiLinkInfo probes => facts.Add("file", probes.Path).Add("count", probes.Count).Add("offsets", probes.Offsets.Select(Hexadecimal))
                .Add("semaphores", Cookies(probes.ReferenceCounterOffsets)).Add("cookies", Cookies(probes.Cookies)).Add("return", probes.IsReturn).Add("flags", probes.Flags).Add("process", probes.ProcessId == 0 ? null : probes.ProcessId),
            _ => facts,
        };
    }

    private static string? Cookie(ulong cookie) => cookie == 0 ? null : Hexadecimal(cookie);

    /// <summary>One for each place; nothing where none has one.</summary>
    private static IEnumerable<string> Cookies(IReadOnlyList<ulong> cookies) => cookies.Any(cookie => cookie != 0) ? cookies.Select(Hexadecimal) : [];

    private static string Hexadecimal(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");
}
