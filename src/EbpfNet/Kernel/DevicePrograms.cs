using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The list of programs that an interface has at a hook (tcx, netkit), in the order in which they run. Requests are about the calling thread's network namespace.</summary>
internal static unsafe class DevicePrograms
{
    private const uint Replace = 1u << 2; // BPF_F_REPLACE
    private const int Attempts = 8;

    /// <summary><c>BPF_LINK_CREATE</c>.</summary>
    public static BpfErrno CreateLink(BpfHandle program, int interfaceIndex, BpfAttachType type, DevicePosition position, out BpfHandle? link)
    {
        var attribute = new LinkCreateAttribute
        {
            TargetFd = interfaceIndex,
            AttachType = type,
            Flags = position.Flags,
            Relative = position.RelativeId,
            ExpectedRevision = position.Revision,
        };
        return KernelLinks.Create(program, attribute, out link);
    }

    /// <summary><c>BPF_PROG_ATTACH</c> in the place of a program that no link holds.</summary>
    public static BpfErrno ReplaceProgram(BpfHandle program, BpfHandle replaced, int interfaceIndex, BpfAttachType type, ulong revision)
    {
        using BpfHandle.Lease fd = program.Acquire();
        using BpfHandle.Lease replacedFd = replaced.Acquire();
        var attribute = new ProgramAttachAttribute
        {
            TargetFd = interfaceIndex,
            AttachBpfFd = fd.Fd,
            AttachType = type,
            AttachFlags = Replace,
            ReplaceBpfFd = replacedFd.Fd,
            ExpectedRevision = revision,
        };
        return BpfSyscall.InvokeForError(BpfCommand.ProgAttach, &attribute);
    }

    /// <summary><c>BPF_PROG_DETACH</c> of a program that no link holds.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> where it is not attached.</returns>
    public static BpfErrno Detach(BpfHandle program, int interfaceIndex, BpfAttachType type)
    {
        using BpfHandle.Lease fd = program.Acquire();
        var attribute = new ProgramAttachAttribute { TargetFd = interfaceIndex, AttachBpfFd = fd.Fd, AttachType = type };
        return BpfSyscall.InvokeForError(BpfCommand.ProgDetach, &attribute);
    }

    /// <summary><c>BPF_PROG_QUERY</c>.</summary>
    public static BpfErrno Query(int interfaceIndex, BpfAttachType type, out DeviceProgramList list)
    {
        uint room = 64; // The most that the kernel takes (BPF_MPROG_MAX), up to now.
        for (int attempt = 0; ; attempt++)
        {
            var programs = new uint[room];
            var links = new uint[room];
            fixed (uint* programIds = programs, linkIds = links)
            {
                var attribute = new ProgramQueryAttribute { TargetFd = interfaceIndex, AttachType = type, ProgIds = programIds, ProgCnt = room, LinkIds = linkIds };
                BpfErrno error = BpfSyscall.InvokeForError(BpfCommand.ProgQuery, &attribute);
                if (error == BpfErrno.ENOSPC && attempt < Attempts)
                {
                    room = attribute.ProgCnt + 8;
                    continue;
                }

                int count = error == BpfErrno.None ? (int)Math.Min(attribute.ProgCnt, room) : 0;
                list = new DeviceProgramList(attribute.Revision, [.. programs.Take(count).Zip(links)]);
                return error;
            }
        }
    }
}

/// <summary>Where in the list a program goes: <c>BPF_F_*</c>, the id of what it goes beside, and what revision the list has to have.</summary>
internal readonly record struct DevicePosition(uint Flags, uint RelativeId, ulong Revision);

/// <summary>What an interface has at a hook.</summary>
/// <param name="Revision">Grows with every change.</param>
/// <param name="Programs">The ids of programs, and of the links that hold them, or 0.</param>
internal sealed record DeviceProgramList(ulong Revision, IReadOnlyList<(uint ProgramId, uint LinkId)> Programs);
