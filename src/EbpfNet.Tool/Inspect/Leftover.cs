using System.Globalization;
using EbpfNet.Abi;

namespace EbpfNet.Tool.Inspect;

/// <summary>Something attached that no link holds: it stays when its process is killed, until it is removed or its place goes.</summary>
/// <param name="What">The kind: <c>xdp</c>, <c>tc filter</c>, <c>clsact</c>, <c>route</c>, <c>cgroup</c>, <c>netns</c>, <c>struct_ops</c>, <c>lirc</c>, <c>probe</c>.</param>
/// <param name="Place">The interface, the control group's folder, the network namespace's file, the device, the map's name, or the probe's name.</param>
/// <param name="Details">Where there: the mode, the direction and priority, the destination, the hook, the probe's definition.</param>
/// <param name="ProgramId">The program, or 0.</param>
/// <param name="Remove">Removes it.</param>
internal sealed record Leftover(string What, string Place, string Details, uint ProgramId, Action Remove)
{
    /// <summary>What routes are called here: to detach their program is to delete them.</summary>
    internal const string Route = "route";

    /// <summary>What an empty queueing discipline for filters is called here.</summary>
    internal const string Clsact = "clsact";

    private const string OrByLink = " (or by a link: those may not be listed)";

    internal static readonly string[] Columns = ["what", "place", "details", "prog_id", "prog", "map_id", "held_by", "process", "process_runs"];

    /// <summary>The map, of a struct of functions; else 0.</summary>
    internal uint MapId { get; init; }

    /// <summary>The process that made it, where that is known.</summary>
    internal int? ProcessId { get; init; }

    /// <summary>Whether that process still runs, where that is known.</summary>
    internal bool? IsOwnerRunning { get; init; }

    /// <summary>Whether a link may hold it after all, which the kernel does not tell this process.</summary>
    internal bool MayHaveLink { get; init; }

    /// <summary>Whether other interfaces may have it, too, and lose it with this one.</summary>
    internal bool IsShared { get; init; }

    /// <summary>All that are seen from here: of the interfaces and routes of this network namespace, of the control groups, network namespaces and infrared receivers, registered structs of functions, and of tracefs.</summary>
    internal static IEnumerable<Leftover> FindAll(Surroundings around) =>
        [.. OfInterfaces(), .. OfCgroups(around.Cgroups.Values), .. OfNamespaces(around.Namespaces.Paths), .. OfStructOps(), .. OfReceivers(), .. OfTracefs()];

    internal static IEnumerable<Leftover> OfInterfaces() => [.. OfPrograms(), .. NetworkAttachments.FindEmptyClsact().Select(OfClsact)];

    internal static Leftover OfClsact(string interfaceName) => new(Clsact, interfaceName, "empty: no filter is left on it", 0, () => _ = NetworkAttachments.RemoveEmptyClsact(interfaceName));

    private static IEnumerable<Leftover> OfPrograms() => NetworkAttachments.Find().Select(attachment => new Leftover(
        attachment.Kind switch
        {
            NetworkAttachmentKind.Xdp => "xdp",
            NetworkAttachmentKind.TcFilter => "tc filter",
            NetworkAttachmentKind.Lwt => Route,
            var other => other.ToString().ToLowerInvariant(),
        },
        attachment.InterfaceName,
        attachment.Place + (attachment.MayHaveLink ? OrByLink : ""),
        attachment.ProgramId,
        attachment.Detach)
    { MayHaveLink = attachment.MayHaveLink, IsShared = attachment.Block is not null });

    internal static IEnumerable<Leftover> OfTracefs() => LeftoverProbe.FindAll().Select(probe =>
        new Leftover("probe", probe.Name, probe.Definition, 0, probe.Remove) { ProcessId = probe.ProcessId, IsOwnerRunning = probe.IsOwnerRunning });

    internal static IEnumerable<Leftover> OfStructOps()
    {
        foreach (BpfMap map in StructOpsHook.OpenRegistered())
        {
            using (map)
            {
                yield return OfStructOps(map);
            }
        }
    }

    internal static Leftover OfStructOps(BpfMap map)
    {
        uint id = map.Id;
        return new Leftover("struct_ops", map.Name, "registered", 0, () =>
        {
            using BpfMap again = BpfMap.OpenById(id);
            StructOpsHook.Detach(again);
        })
        { MapId = id };
    }

    internal static IEnumerable<Leftover> OfReceivers() => Directory.EnumerateFiles("/dev", "lirc*").SelectMany(OfReceiver);

    internal static IEnumerable<Leftover> OfReceiver(string device) =>
        Ask(() => LircHook.Query(device)).Select(id => new Leftover("lirc", device, "lirc_mode2", id, () => WithProgram(id, program => LircHook.Detach(device, program))));

    internal static IEnumerable<Leftover> OfNamespaces(IEnumerable<string> paths) => paths.SelectMany(path => Ask(() =>
    {
        using BpfNetworkNamespace space = BpfNetworkNamespace.Open(path);
        return NetnsHook.Query(space, BpfAttachType.FlowDissector);
    }).Where(program => program.LinkId is 0 or null).Select(program => new Leftover("netns", path, Describe(BpfAttachType.FlowDissector, program.LinkId), program.ProgramId, () => WithProgram(program.ProgramId, opened =>
    {
        using BpfNetworkNamespace space = BpfNetworkNamespace.Open(path);
        NetnsHook.Detach(space, opened);
    }))
    { MayHaveLink = program.LinkId is null }));

    internal static IEnumerable<Leftover> OfCgroups(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            foreach (BpfAttachType hook in CgroupHook.AttachTypes)
            {
                foreach (CgroupHookProgram program in Ask(() => Query(folder, hook)).Where(program => program.LinkId is 0 or null))
                {
                    yield return new Leftover("cgroup", folder, Describe(hook, program.LinkId), program.ProgramId, () => WithProgram(program.ProgramId, opened =>
                    {
                        using BpfCgroup group = BpfCgroup.Open(folder);
                        CgroupHook.Detach(group, hook, opened);
                    }))
                    { MayHaveLink = program.LinkId is null };
                }
            }
        }
    }

    /// <summary>The facts of it.</summary>
    internal Facts ToFacts(Surroundings around) => new Facts()
        .Add("kind", "leftover")
        .Add("what", What)
        .Add("place", Place)
        .Add("details", Details)
        .Add("prog_id", ProgramId == 0 ? null : ProgramId)
        .Add("prog", Names.OfProgram(ProgramId))
        .Add("map_id", MapId == 0 ? null : MapId)
        .Add("held_by", MapId != 0 ? around.Holders.Of(ObjectKinds.Maps, MapId) : ProgramId != 0 ? around.Holders.Of(ObjectKinds.Programs, ProgramId) : [])
        .Add("process", ProcessId)
        .Add("process_runs", IsOwnerRunning);

    public override string ToString() => Facts.Printable(string.Create(
        CultureInfo.InvariantCulture, $"{What} {Place}, {Details}{(ProgramId == 0 ? "" : $" (program {ProgramId})")}{(MapId == 0 ? "" : $" (map {MapId})")}"));

    private static string Describe(BpfAttachType hook, uint? linkId) => Names.Of(hook) + (linkId is null ? OrByLink : "");

    private static IReadOnlyList<CgroupHookProgram> Query(string folder, BpfAttachType hook)
    {
        using BpfCgroup group = BpfCgroup.Open(folder);
        return CgroupHook.Query(group, hook).Programs;
    }

    private static IReadOnlyList<T> Ask<T>(Func<IReadOnlyList<T>> ask)
    {
        try
        {
            return ask();
        }
        catch (BpfSyscallException e) when (e.Error is BpfErrno.EINVAL or BpfErrno.ENOENT or BpfErrno.ENODEV or BpfErrno.EACCES or BpfErrno.ESRCH)
        {
            return []; // This kernel has no such hook, or the place is gone meanwhile.
        }
    }

    private static void WithProgram(uint id, Action<BpfProgram> detach)
    {
        using BpfProgram program = BpfProgram.OpenById(id);
        detach(program);
    }
}
