using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An attachment that the control group holds, as all are before Linux 5.7.</summary>
internal sealed class CgroupAttachment : HookAttachment
{
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

    /// <summary>Whether the group still has the program; yes where the kernel does not tell (before Linux 4.15).</summary>
    public override bool IsInPlace() => CgroupPrograms.Query(_cgroup, _type, effective: false, out CgroupProgramList list) switch
    {
        BpfErrno.None => list.ProgramIds.Contains(_programId),
        BpfErrno.EINVAL => true,
        _ => false, // The group is gone.
    };

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        if ((expected is not null && expected.Id != _programId) || !IsInPlace())
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle own = program.Handle.Duplicate(program.ToString());
        BpfErrno error = Attach(own, default, _program);
        if (error != BpfErrno.None)
        {
            own.Dispose();
            return new NetlinkVerdict(error, null);
        }

        _program.Dispose();
        (_program, _programId) = (own, program.Id);
        return default;
    }

    /// <summary>Looks first, then acts, where the program is alone: such a one is detached whichever is named.</summary>
    public override NetlinkVerdict Detach() => new(Mode != CgroupAttachMode.Multi && !IsInPlace() ? BpfErrno.ENOENT : CgroupPrograms.Detach(_program, _cgroup, _type), null);

    public override void Dispose()
    {
        _program.Dispose();
        _cgroup.Dispose();
    }

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
