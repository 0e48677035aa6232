using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The programs of an infrared device (<c>BPF_LIRC_MODE2</c>; Linux 4.18).</summary>
internal static unsafe class LircPrograms
{
    private const int MostPrograms = 64; // BPF_MAX_PROGS of lirc

    /// <summary><c>BPF_PROG_ATTACH</c> and <c>BPF_PROG_DETACH</c> as plain bytes.</summary>
    public static ProgramAttachAttribute Request(int deviceFd, int programFd) => new() { TargetFd = deviceFd, AttachBpfFd = programFd, AttachType = BpfAttachType.LircMode2 };

    public static BpfErrno Attach(BpfHandle device, BpfHandle program) => Invoke(BpfCommand.ProgAttach, device, program);

    /// <returns><see cref="BpfErrno.ENOENT"/> when it is not attached there.</returns>
    public static BpfErrno Detach(BpfHandle device, BpfHandle program) => Invoke(BpfCommand.ProgDetach, device, program);

    /// <summary>Whether a device has a program.</summary>
    public static bool Has(BpfHandle device, uint programId) => Query(device, out uint[] ids) == BpfErrno.None && ids.Contains(programId);

    /// <summary><c>BPF_PROG_QUERY</c>: the programs of a device, in the order in which they run.</summary>
    public static BpfErrno Query(BpfHandle device, out uint[] programIds)
    {
        using BpfHandle.Lease fd = device.Acquire();
        uint* ids = stackalloc uint[MostPrograms];
        var attribute = new ProgramQueryAttribute { TargetFd = fd.Fd, AttachType = BpfAttachType.LircMode2, ProgIds = ids, ProgCnt = MostPrograms };
        int result = BpfSyscall.Invoke(BpfCommand.ProgQuery, &attribute);
        programIds = result < 0 ? [] : new ReadOnlySpan<uint>(ids, (int)Math.Min(attribute.ProgCnt, MostPrograms)).ToArray();
        return result < 0 ? (BpfErrno)(-result) : BpfErrno.None;
    }

    private static BpfErrno Invoke(BpfCommand command, BpfHandle device, BpfHandle program)
    {
        using BpfHandle.Lease deviceFd = device.Acquire();
        using BpfHandle.Lease programFd = program.Acquire();
        ProgramAttachAttribute attribute = Request(deviceFd.Fd, programFd.Fd);
        return BpfSyscall.InvokeForError(command, &attribute);
    }
}
