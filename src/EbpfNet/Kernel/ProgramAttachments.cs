using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>Attachments without a link: what the program is attached to holds it until it is told otherwise, or goes.</summary>
internal static unsafe class ProgramAttachments
{
    /// <summary><c>BPF_PROG_ATTACH</c>.</summary>
    public static BpfErrno Attach(BpfHandle target, BpfHandle program, BpfAttachType type) => Invoke(BpfCommand.ProgAttach, target, program, type);

    /// <summary><c>BPF_PROG_DETACH</c> of this program and no other.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> when it is not attached there.</returns>
    public static BpfErrno Detach(BpfHandle target, BpfHandle program, BpfAttachType type) => Invoke(BpfCommand.ProgDetach, target, program, type);

    /// <summary><c>BPF_PROG_ATTACH</c> to what the calling thread is in.</summary>
    public static BpfErrno AttachHere(BpfHandle program, BpfAttachType type) => InvokeHere(BpfCommand.ProgAttach, program, type);

    /// <summary><c>BPF_PROG_DETACH</c> from what the calling thread is in.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> when it is not attached there.</returns>
    public static BpfErrno DetachHere(BpfHandle program, BpfAttachType type) => InvokeHere(BpfCommand.ProgDetach, program, type);

    /// <summary><c>BPF_PROG_QUERY</c> of a target that has one program of a type at most.</summary>
    /// <param name="target">The target.</param>
    /// <param name="type">The type.</param>
    /// <returns>The program's id, 0 when there is none, or <see langword="null"/> where the kernel does not tell.</returns>
    public static uint? QueryOne(BpfHandle target, BpfAttachType type)
    {
        using BpfHandle.Lease fd = target.Acquire();
        uint id = 0;
        var attribute = new ProgramQueryAttribute { TargetFd = fd.Fd, AttachType = type, ProgIds = &id, ProgCnt = 1 };
        return BpfSyscall.Invoke(BpfCommand.ProgQuery, &attribute) >= 0 ? id : null;
    }

    private static BpfErrno InvokeHere(BpfCommand command, BpfHandle program, BpfAttachType type)
    {
        using BpfHandle.Lease fd = program.Acquire();
        var attribute = new ProgramAttachAttribute { AttachBpfFd = fd.Fd, AttachType = type };
        return BpfSyscall.InvokeForError(command, &attribute);
    }

    private static BpfErrno Invoke(BpfCommand command, BpfHandle target, BpfHandle program, BpfAttachType type)
    {
        using BpfHandle.Lease targetFd = target.Acquire();
        using BpfHandle.Lease programFd = program.Acquire();
        var attribute = new ProgramAttachAttribute { TargetFd = targetFd.Fd, AttachBpfFd = programFd.Fd, AttachType = type };
        return BpfSyscall.InvokeForError(command, &attribute);
    }
}
