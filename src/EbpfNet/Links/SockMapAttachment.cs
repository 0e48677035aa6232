using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An attachment to a map of sockets that the map holds, as all are before Linux 6.10.</summary>
internal sealed class SockMapAttachment : HookAttachment
{
    private readonly BpfHandle _map;
    private readonly BpfAttachType _type;
    private BpfHandle _program;
    private uint _programId;

    private SockMapAttachment(BpfHandle map, BpfHandle program, uint programId, BpfAttachType type) =>
        (_map, _program, _programId, _type) = (map, program, programId, type);

    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override string DetachCall => BpfCommand.ProgDetach.ToCName();

    /// <summary>
    /// Takes descriptors for this alone: that of the map has to be open to detach, and keeps the attachment; to detach the right program takes one that is open.
    /// Nothing is attached yet.
    /// </summary>
    public static SockMapAttachment Prepare(BpfProgram program, BpfMap map, BpfAttachType type)
    {
        BpfHandle ownMap = map.Handle.Duplicate(map.ToString());
        try
        {
            return new SockMapAttachment(ownMap, program.Handle.Duplicate(program.ToString()), program.Id, type);
        }
        catch
        {
            ownMap.Dispose();
            throw;
        }
    }

    public BpfErrno Attach() => ProgramAttachments.Attach(_map, _program, _type);

    /// <summary>Whether the map still has the program; yes where the kernel does not tell (before Linux 5.18).</summary>
    public override bool IsInPlace() => ProgramAttachments.QueryOne(_map, _type) is not { } attached || attached == _programId;

    /// <summary>Looks first, then acts: nothing better exists before Linux 6.10.</summary>
    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        if (ProgramAttachments.QueryOne(_map, _type) is { } attached && attached != (expected?.Id ?? _programId))
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle own = program.Handle.Duplicate(program.ToString());
        BpfErrno error = ProgramAttachments.Attach(_map, own, _type);
        if (error != BpfErrno.None)
        {
            own.Dispose();
            return new NetlinkVerdict(error, null);
        }

        _program.Dispose();
        (_program, _programId) = (own, program.Id);
        return default;
    }

    /// <summary>Looks first, then acts: before Linux 5.8 the kernel takes off whichever is there, and before 5.18 it does not tell which that is.</summary>
    public override NetlinkVerdict Detach() => new(IsInPlace() ? ProgramAttachments.Detach(_map, _program, _type) : BpfErrno.ENOENT, null);

    public override void Dispose()
    {
        _program.Dispose();
        _map.Dispose();
    }
}
