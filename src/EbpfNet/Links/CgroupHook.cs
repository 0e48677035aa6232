using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs a control group has, whoever attached them, and detaches those that no link holds.</summary>
public static class CgroupHook
{
    /// <summary>The hooks that control groups have, as far as this library knows them.</summary>
    public static IReadOnlyList<BpfAttachType> AttachTypes => CgroupAttachTypes.All;

    /// <summary>The programs that a control group has for a hook, in the order in which they run (<c>BPF_PROG_QUERY</c>; Linux 4.15).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="attachType">The hook, one of <see cref="AttachTypes"/>.</param>
    /// <remarks>Which of them links hold, the kernel tells only those who may list links (CAP_SYS_ADMIN; Linux 5.8).</remarks>
    /// <exception cref="BpfSyscallException">The kernel does not know the hook (EINVAL), or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="ObjectDisposedException">The control group was disposed.</exception>
    public static CgroupHookState Query(BpfCgroup cgroup, BpfAttachType attachType)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        CgroupProgramList list = QueryList(cgroup, attachType, effective: false);
        MachineLinks? links = list.ProgramIds.Count == 0 ? null : MachineLinks.Read();
        return new CgroupHookState(ModeOf(list.Flags), list.Revision, [.. list.ProgramIds.Select(id => new CgroupHookProgram(id, FindLink(links!, id)))]);

        // Linux 5.7 has links of control groups, and lists none yet.
        uint? FindLink(MachineLinks links, uint id) => MachineLinks.Listing.IsMissing && !CgroupProbes.Links.IsMissing
            ? null
            : links.Find(id, BpfLinkType.Cgroup, link => link.CgroupAttachType == attachType && link.CgroupId == cgroup.Id);
    }

    /// <summary>The ids of the programs that run for what is in a control group, those of the groups above included (<c>BPF_F_QUERY_EFFECTIVE</c>; Linux 4.15).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="attachType">The hook, one of <see cref="AttachTypes"/>.</param>
    /// <exception cref="BpfSyscallException">The kernel does not know the hook (EINVAL), or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="ObjectDisposedException">The control group was disposed.</exception>
    public static IReadOnlyList<uint> QueryEffective(BpfCgroup cgroup, BpfAttachType attachType)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return QueryList(cgroup, attachType, effective: true).ProgramIds;
    }

    /// <summary>Detaches a program that no link holds, such as one whose process was killed (<c>BPF_PROG_DETACH</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="attachType">The hook, one of <see cref="AttachTypes"/>.</param>
    /// <param name="program">The program, opened by its id.</param>
    /// <exception cref="BpfSyscallException">It is not attached there, or by a link, or this process may not detach it.</exception>
    /// <exception cref="ObjectDisposedException">The control group or the program was disposed.</exception>
    public static void Detach(BpfCgroup cgroup, BpfAttachType attachType, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        ArgumentNullException.ThrowIfNull(program);
        CgroupProgramList list = QueryList(cgroup, attachType, effective: false);
        BpfErrno error = list.ProgramIds.Contains(program.Id) ? CgroupPrograms.Detach(program.Handle, cgroup.Handle, attachType) : BpfErrno.ENOENT;
        if (error != BpfErrno.None)
        {
            throw CgroupErrors.Detach($"detach {program} from {cgroup} ({attachType.CName()})", error, BpfCommand.ProgDetach.ToCName());
        }
    }

    internal static CgroupAttachMode ModeOf(uint flags) =>
        (flags & CgroupPrograms.AllowMulti) != 0 ? CgroupAttachMode.Multi : (flags & CgroupPrograms.AllowOverride) != 0 ? CgroupAttachMode.Override : CgroupAttachMode.Single;

    private static CgroupProgramList QueryList(BpfCgroup cgroup, BpfAttachType attachType, bool effective)
    {
        BpfErrno error = CgroupPrograms.Query(cgroup.Handle, attachType, effective, out CgroupProgramList list);
        return error == BpfErrno.None
            ? list
            : throw SyscallErrors.Create(error, BpfCommand.ProgQuery, $"look at the programs of {cgroup} for {attachType.CName()}", error == BpfErrno.EINVAL ? "The kernel does not know this hook" : null);
    }
}

/// <summary>What a control group has for a hook.</summary>
/// <param name="Mode">How its programs are attached; the first one decides for the others. <see cref="CgroupAttachMode.Single"/> where there is none.</param>
/// <param name="Revision">Grows with every change (Linux 6.17), for <see cref="CgroupAttachOptions.ExpectedRevision"/>; 0 on older kernels.</param>
/// <param name="Programs">The programs, in the order in which they run.</param>
public sealed record CgroupHookState(CgroupAttachMode Mode, ulong Revision, IReadOnlyList<CgroupHookProgram> Programs);

/// <summary>A program that a control group has.</summary>
/// <param name="ProgramId">The program's <see cref="BpfProgram.Id"/>.</param>
/// <param name="LinkId">The <see cref="BpfLink.Id"/> of the link that holds it; 0 where none does, and it stays until it is detached or the group removed; <see langword="null"/> where this process may not list links.</param>
public sealed record CgroupHookProgram(uint ProgramId, uint? LinkId);
