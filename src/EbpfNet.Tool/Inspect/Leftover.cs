using EbpfNet.Abi;

namespace EbpfNet.Tool.Inspect;

/// <summary>Something attached that no link holds: it stays when its process is killed, until it is removed or its place goes.</summary>
/// <param name="What">The kind: <c>xdp</c>, <c>tc filter</c>, <c>cgroup</c>, <c>probe</c>.</param>
/// <param name="Place">The interface, the control group's folder, or the probe's name.</param>
/// <param name="Details">Where there: the mode, the direction and priority, the hook, the probe's definition.</param>
/// <param name="ProgramId">The program, or 0.</param>
/// <param name="ProcessId">The process that made it, where that is known.</param>
/// <param name="IsOwnerRunning">Whether that process still runs, where that is known.</param>
/// <param name="Remove">Removes it.</param>
internal sealed record Leftover(string What, string Place, string Details, uint ProgramId, int? ProcessId, bool? IsOwnerRunning, Action Remove)
{
    internal static readonly string[] Columns = ["what", "place", "details", "prog_id", "prog", "process", "process_runs"];

    /// <summary>All that are seen from here: of this network namespace, of the control groups, of tracefs.</summary>
    internal static IEnumerable<Leftover> FindAll(Surroundings around) => [.. OfInterfaces(), .. OfCgroups(around.Cgroups.Values), .. OfTracefs()];

    internal static IEnumerable<Leftover> OfInterfaces() => NetworkAttachments.Find().Select(attachment => new Leftover(
        attachment.Kind switch
        {
            NetworkAttachmentKind.Xdp => "xdp",
            NetworkAttachmentKind.TcFilter => "tc filter",
            var other => other.ToString().ToLowerInvariant(),
        },
        attachment.InterfaceName,
        attachment.Place,
        attachment.ProgramId,
        null,
        null,
        attachment.Detach));

    internal static IEnumerable<Leftover> OfTracefs() => LeftoverProbe.FindAll().Select(probe => new Leftover("probe", probe.Name, probe.Definition, 0, probe.ProcessId, probe.IsOwnerRunning, probe.Remove));

    internal static IEnumerable<Leftover> OfCgroups(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            foreach (BpfAttachType hook in CgroupHook.AttachTypes)
            {
                foreach (CgroupHookProgram program in Query(folder, hook).Where(program => program.LinkId == 0))
                {
                    yield return new Leftover("cgroup", folder, Names.Of(hook), program.ProgramId, null, null, () => Detach(folder, hook, program.ProgramId));
                }
            }
        }
    }

    /// <summary>The facts of it.</summary>
    internal Facts ToFacts() => new Facts()
        .Add("kind", "leftover")
        .Add("what", What)
        .Add("place", Place)
        .Add("details", Details)
        .Add("prog_id", ProgramId == 0 ? null : ProgramId)
        .Add("prog", Names.OfProgram(ProgramId))
        .Add("process", ProcessId)
        .Add("process_runs", IsOwnerRunning);

    public override string ToString() => $"{What} {Place}, {Details}{(ProgramId == 0 ? "" : $" (program {ProgramId.ToString(System.Globalization.CultureInfo.InvariantCulture)})")}";

    private static IReadOnlyList<CgroupHookProgram> Query(string folder, BpfAttachType hook)
    {
        try
        {
            using BpfCgroup group = BpfCgroup.Open(folder);
            return CgroupHook.Query(group, hook).Programs;
        }
        catch (BpfSyscallException e) when (e.Error is BpfErrno.EINVAL or BpfErrno.ENOENT or BpfErrno.ENODEV or BpfErrno.EACCES)
        {
            return []; // This kernel has no such hook, or the group is gone meanwhile.
        }
    }

    private static void Detach(string folder, BpfAttachType hook, uint id)
    {
        using BpfCgroup group = BpfCgroup.Open(folder);
        using BpfProgram program = BpfProgram.OpenById(id);
        CgroupHook.Detach(group, hook, program);
    }
}
