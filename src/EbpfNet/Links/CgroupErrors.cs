using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an attachment to a control group, and what to do about it.</summary>
internal static class CgroupErrors
{
    public static BpfException Occupied(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachMode mode, uint otherId) => SyscallErrors.Create(
        BpfErrno.EBUSY,
        BpfCommand.ProgAttach,
        Doing(program, cgroup, type),
        $"In its place is {ProgramNames.Describe(otherId)} in mode {mode}, which is for one program: give it as {nameof(CgroupAttachOptions)}.{nameof(CgroupAttachOptions.ReplacedProgram)}, or detach it by {nameof(CgroupHook)}.{nameof(CgroupHook.Detach)}");

    public static BpfException Attach(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachOptions options, BpfCommand command, BpfErrno error) => SyscallErrors.Create(
        error,
        command,
        Doing(program, cgroup, type),
        error switch
        {
            BpfErrno.EPERM => FindBlocker(cgroup, type),
            BpfErrno.EBADF => $"'{cgroup.Path}' is no folder of a control group of version 2; those are under the mount of type cgroup2",
            BpfErrno.EINVAL when options.Position is not null || options.ExpectedRevision is not null =>
                options.Position is { IsEnd: false } && !CgroupProbes.Links.IsMissing
                ? "Before Linux 6.17 programs of control groups have no order but that in which they were attached, and no revision; since then the kernel puts links beside links alone, and what has none beside its like"
                : "Before Linux 6.17 programs of control groups have no order but that in which they were attached, and no revision",
            BpfErrno.EINVAL when options.ReplacedProgram is not null => "Before Linux 5.5 no program among several is replaced",
            BpfErrno.EINVAL => $"The kernel does not know {type.CName()}, or was built without it",
            BpfErrno.ENOENT when options.ReplacedProgram is { } replaced => $"{replaced} is not attached there, or by a link: that is updated instead",
            BpfErrno.ENOENT => "What it was to be put beside is not attached there",
            BpfErrno.ESTALE => "The programs of the group have changed since its revision was read",
            BpfErrno.EEXIST => "The program is attached there already",
            BpfErrno.E2BIG => "The group has as many programs as the kernel allows",
            BpfErrno.ENODEV => "The control group was removed",
            _ => null,
        });

    public static BpfException Update(CgroupLink link, BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => SyscallErrors.Create(
        verdict.Error,
        link.UpdateCall,
        $"replace {link.ProgramText} of {link} by {program}",
        verdict.Message ?? verdict.Error switch
        {
            BpfErrno.EPERM => $"Another program than {expected?.ToString() ?? link.ProgramText} is attached",
            BpfErrno.EINVAL => "The new program is not for the same hook, or the kernel replaces none among several (before Linux 5.5)",
            BpfErrno.ENOLINK or BpfErrno.ENODEV => "The link was detached, or the control group removed",
            _ => null,
        });

    public static BpfException Detach(string what, BpfErrno error, string call, string? reason = null) => SyscallErrors.Create(
        error,
        call,
        what,
        reason ?? (error == BpfErrno.ENOENT ? "The program is not attached there: somebody else has detached or replaced it, or a link holds it" : null));

    private static string Doing(BpfProgram program, BpfCgroup cgroup, BpfAttachType type) => $"attach {program} to {cgroup} as {type.CName()}";

    /// <summary>Which program does not let others be attached, here or in a group above.</summary>
    private static string? FindBlocker(BpfCgroup cgroup, BpfAttachType type)
    {
        string? path = Path.GetFullPath(cgroup.Path);
        while (path is not null)
        {
            try
            {
                using BpfCgroup at = BpfCgroup.Open(path);
                if (CgroupPrograms.Query(at.Handle, type, effective: false, out CgroupProgramList list) != BpfErrno.None)
                {
                    return null; // Above the mount, or no right to ask.
                }

                if (list.ProgramIds.Count > 0)
                {
                    return $"{at} has {ProgramNames.Describe(list.ProgramIds[0])} in mode {CgroupHook.ModeOf(list.Flags)}, which does not go with this one: attach in the same mode, or detach that";
                }
            }
            catch (BpfException)
            {
                return null;
            }

            path = Path.GetDirectoryName(path);
        }

        return null;
    }
}
