using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The programs that a control group has for a hook.</summary>
internal static unsafe class CgroupPrograms
{
    public const uint AllowOverride = 1u << 0; // BPF_F_ALLOW_OVERRIDE
    public const uint AllowMulti = 1u << 1; // BPF_F_ALLOW_MULTI
    public const uint Replace = 1u << 2; // BPF_F_REPLACE
    private const uint Effective = 1u << 0; // BPF_F_QUERY_EFFECTIVE
    private const int Attempts = 8;

    /// <summary><c>BPF_LINK_CREATE</c>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="cgroup">The control group.</param>
    /// <param name="type">The hook.</param>
    /// <param name="position">Where among the others; the default for behind them, as on kernels that have no order.</param>
    /// <param name="link">The link.</param>
    public static BpfErrno CreateLink(BpfHandle program, BpfHandle cgroup, BpfAttachType type, DevicePosition position, out BpfHandle? link)
    {
        using BpfHandle.Lease fd = cgroup.Acquire();
        var attribute = new LinkCreateAttribute { TargetFd = fd.Fd, AttachType = type, Flags = position.Flags, Relative = position.RelativeId, ExpectedRevision = position.Revision };
        return KernelLinks.Create(program, attribute, out link);
    }

    /// <summary><c>BPF_PROG_ATTACH</c>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="cgroup">The control group.</param>
    /// <param name="type">The hook.</param>
    /// <param name="position">The flags, and where among the others.</param>
    /// <param name="replaced">The program whose place it takes, for <see cref="Replace"/>.</param>
    public static BpfErrno Attach(BpfHandle program, BpfHandle cgroup, BpfAttachType type, DevicePosition position, BpfHandle? replaced)
    {
        using BpfHandle.Lease fd = cgroup.Acquire();
        using BpfHandle.Lease programFd = program.Acquire();
        var attribute = new ProgramAttachAttribute
        {
            TargetFd = fd.Fd,
            AttachBpfFd = programFd.Fd,
            AttachType = type,
            AttachFlags = position.Flags,
            RelativeFd = position.RelativeId,
            ExpectedRevision = position.Revision,
        };
        if (replaced is null)
        {
            return BpfSyscall.InvokeForError(BpfCommand.ProgAttach, &attribute);
        }

        using BpfHandle.Lease replacedFd = replaced.Acquire();
        attribute.ReplaceBpfFd = replacedFd.Fd;
        return BpfSyscall.InvokeForError(BpfCommand.ProgAttach, &attribute);
    }

    /// <summary><c>BPF_PROG_DETACH</c> of a program that no link holds.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> where it is not attached.</returns>
    public static BpfErrno Detach(BpfHandle program, BpfHandle cgroup, BpfAttachType type) => ProgramAttachments.Detach(cgroup, program, type);

    /// <summary><c>BPF_PROG_QUERY</c> (Linux 4.15).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="type">The hook.</param>
    /// <param name="effective">Whether to tell what runs, those of groups above included, rather than what is attached here.</param>
    /// <param name="list">What there is.</param>
    public static BpfErrno Query(BpfHandle cgroup, BpfAttachType type, bool effective, out CgroupProgramList list)
    {
        using BpfHandle.Lease fd = cgroup.Acquire();
        uint room = 64; // The most that the kernel takes of one group (BPF_CGROUP_MAX_PROGS).
        for (int attempt = 0; ; attempt++)
        {
            var programs = new uint[room];
            var flags = new uint[room];
            fixed (uint* ids = programs, each = flags)
            {
                var attribute = new ProgramQueryAttribute { TargetFd = fd.Fd, AttachType = type, QueryFlags = effective ? Effective : 0, ProgIds = ids, ProgCnt = room };
                if (type == BpfAttachType.LsmCgroup && !effective)
                {
                    attribute.ProgAttachFlags = each; // Each of its programs is on a hook of its own: the kernel insists on telling the flags one by one.
                }

                BpfErrno error = BpfSyscall.InvokeForError(BpfCommand.ProgQuery, &attribute);
                if (error == BpfErrno.ENOSPC && attempt < Attempts)
                {
                    room = attribute.ProgCnt + 8;
                    continue;
                }

                int count = error == BpfErrno.None ? (int)Math.Min(attribute.ProgCnt, room) : 0;
                list = new CgroupProgramList(attribute.ProgAttachFlags is not null && count > 0 ? flags[0] : attribute.AttachFlags, attribute.Revision, programs[..count]);
                return error;
            }
        }
    }
}

/// <summary>What a control group has for a hook.</summary>
/// <param name="Flags">How the first one was attached, which all others follow.</param>
/// <param name="Revision">Grows with every change (Linux 6.17); 0 before.</param>
/// <param name="ProgramIds">The programs, in the order in which they run.</param>
internal sealed record CgroupProgramList(uint Flags, ulong Revision, IReadOnlyList<uint> ProgramIds);
