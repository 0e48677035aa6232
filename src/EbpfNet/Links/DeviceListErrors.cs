using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an attachment to the list of an interface's hook (tcx, netkit), and what to do about it.</summary>
internal static class DeviceListErrors
{
    private const int MostPrograms = 64; // BPF_MPROG_MAX

    public static BpfException Attach(
        BpfProgram program, string where, NetworkDevice device, BpfAttachType type, BpfAttachPosition? position, ulong? revision, BpfProgram? replaced, BpfErrno error)
    {
        string operation = replaced is null
            ? $"attach {program} to {where}{(position is null ? "" : $", {position}")}"
            : $"replace {replaced} on {where} by {program}";
        string? advice = error switch
        {
            BpfErrno.ESTALE => $"The list of programs there has changed since it was looked at: it is at revision {Revision(device, type)}, not at {revision}",
            BpfErrno.EEXIST => $"{program} is attached there already: a list has a program once",
            BpfErrno.ENOENT when replaced is not null => $"{replaced} is not attached there. {Present(device, type)}",
            BpfErrno.ENOENT => $"What it was to be put beside is not attached there. {Present(device, type)}",
            BpfErrno.EBUSY when replaced is not null => $"A link holds {replaced} there: only the link's own Update replaces it. {Present(device, type)}",
            BpfErrno.ERANGE or BpfErrno.ENOSPC => $"The list there is full: {MostPrograms} programs at most",
            BpfErrno.ENODEV => $"Interface '{device.Name}' has just disappeared",
            BpfErrno.EINVAL when position is { IsEnd: false } => "What it was to be put beside is a program of another type, or no program or link of this hook",
            _ => null,
        };
        return SyscallErrors.Create(error, replaced is null ? BpfCommand.LinkCreate : BpfCommand.ProgAttach, operation, advice);
    }

    private static ulong Revision(NetworkDevice device, BpfAttachType type)
    {
        _ = DevicePrograms.Query(device.Index, type, out DeviceProgramList list);
        return list.Revision;
    }

    /// <summary>Who is there.</summary>
    private static string Present(NetworkDevice device, BpfAttachType type)
    {
        _ = DevicePrograms.Query(device.Index, type, out DeviceProgramList list);
        return list.Programs.Count == 0
            ? "No program is"
            : $"Attached are {string.Join(", ", list.Programs.Select(entry => $"{ProgramNames.Describe(entry.ProgramId)}{(entry.LinkId == 0 ? "" : $" by link {entry.LinkId}")}"))}";
    }
}
