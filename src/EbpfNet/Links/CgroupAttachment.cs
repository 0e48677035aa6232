using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An attachment that the control group holds, as all are before Linux 5.7.</summary>
internal sealed class CgroupAttachment : HookAttachment
{
    private const string NotTold = "Which program the group has, the kernel does not tell this process (it takes CAP_NET_ADMIN): what is there was left alone";

    private readonly BpfHandle _cgroup;
    private readonly BpfAttachType _type;
    private BpfHandle _program;
    private uint _programId;

    private CgroupAttachment(BpfHandle cgroup, BpfHandle program, uint programId, BpfAttachType type, CgroupAttachMode mode) =>
        (_cgroup, _program, _programId, _type, Mode) = (cgroup, program, programId, type, mode);

    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override string DetachCall => BpfCommand.ProgDetach.ToCName();

    public CgroupAttachMode Mode { get; }

    /// <summary>Takes descriptors for this alone, to detach the right program. Nothing is attached yet.</summary>
    public static CgroupAttachment Prepare(BpfProgram program, BpfCgroup cgroup, BpfAttachType type, CgroupAttachMode mode)
    {
        BpfHandle own = cgroup.Handle.Duplicate(cgroup.ToString());
        try
        {
            return new CgroupAttachment(own, program.Handle.Duplicate(program.ToString()), program.Id, type, mode);
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public BpfErrno Attach(DevicePosition position, BpfProgram? replaced) => Attach(_program, position, replaced?.Handle);

    /// <summary>Whether the group still has the program; yes where the kernel does not tell (before Linux 4.15), or not to this process any more.</summary>
    public override bool IsInPlace() => Look() is not (BpfErrno.ENOENT or BpfErrno.ENODEV);

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        BpfErrno there = Look();
        if (there is not (BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENODEV))
        {
            return new NetlinkVerdict(there, NotTold);
        }

        if ((expected is not null && expected.Id != _programId) || there != BpfErrno.None)
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle own = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = KeepIfDone(own, () => new NetlinkVerdict(Attach(own, default, _program), null));
        if (verdict.Error == BpfErrno.None)
        {
            _program.Dispose();
            (_program, _programId) = (own, program.Id);
        }

        return verdict;
    }

    /// <summary>Looks first, then acts, where the program is alone: such a one is detached whichever is named, so that one who may not look leaves it.</summary>
    public override NetlinkVerdict Detach()
    {
        BpfErrno there = Mode == CgroupAttachMode.Multi ? BpfErrno.None : Look();
        return there switch
        {
            BpfErrno.None => new NetlinkVerdict(CgroupPrograms.Detach(_program, _cgroup, _type), null),
            BpfErrno.ENOENT or BpfErrno.ENODEV => new NetlinkVerdict(BpfErrno.ENOENT, null),
            _ => new NetlinkVerdict(there, NotTold),
        };
    }

    public override void Dispose()
    {
        _program.Dispose();
        _cgroup.Dispose();
    }

    /// <summary>Whether the program is there, as far as that can be known: ENOENT and ENODEV say that it is not, other errors that the kernel does not tell this process.</summary>
    private BpfErrno Look() => CgroupPrograms.Query(_cgroup, _type, effective: false, out CgroupProgramList list) switch
    {
        BpfErrno.None => list.ProgramIds.Contains(_programId) ? BpfErrno.None : BpfErrno.ENOENT,
        BpfErrno.EINVAL => BpfErrno.None, // Before Linux 4.15 nobody is told.
        var error => error,
    };

    private BpfErrno Attach(BpfHandle program, DevicePosition position, BpfHandle? replaced)
    {
        uint flags = Mode switch
        {
            CgroupAttachMode.Multi => CgroupPrograms.AllowMulti | (replaced is null ? 0 : CgroupPrograms.Replace),
            CgroupAttachMode.Override => CgroupPrograms.AllowOverride,
            _ => 0,
        };

        // One that is alone gives way to the next without being named.
        return CgroupPrograms.Attach(program, _cgroup, _type, position with { Flags = position.Flags | flags }, Mode == CgroupAttachMode.Multi ? replaced : null);
    }
}
