using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A flow dissector that the network namespace holds, as all are before Linux 5.8. The kernel takes such requests for the namespace of whoever asks.</summary>
internal sealed class NetnsAttachment : HookAttachment
{
    private const BpfAttachType Hook = BpfAttachType.FlowDissector;

    private readonly NetworkNamespace _space;
    private BpfHandle _program;
    private uint _programId;

    private NetnsAttachment(NetworkNamespace space, BpfHandle program, uint programId) => (_space, _program, _programId) = (space, program, programId);

    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override string DetachCall => BpfCommand.ProgDetach.ToCName();

    /// <summary>Takes descriptors for this alone. Nothing is attached yet.</summary>
    public static NetnsAttachment Prepare(BpfProgram program, BpfNetworkNamespace space)
    {
        NetworkNamespace own = NetworkNamespace.Of(space.Handle, space.Id, space.ToString());
        try
        {
            return new NetnsAttachment(own, program.Handle.Duplicate(program.ToString()), program.Id);
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public BpfErrno Attach() => _space.Run(() => ProgramAttachments.AttachHere(_program, Hook));

    public override bool IsInPlace() => ProgramAttachments.QueryOne(_space.Handle, Hook) is not { } attached || attached == _programId;

    /// <summary>Looks first, then acts: the kernel has nothing better for these.</summary>
    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        if (ProgramAttachments.QueryOne(_space.Handle, Hook) is { } attached && attached != (expected?.Id ?? _programId))
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle own = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = KeepIfDone(own, () => new NetlinkVerdict(_space.Run(() => ProgramAttachments.AttachHere(own, Hook)), null));
        if (verdict.Error == BpfErrno.None)
        {
            _program.Dispose();
            (_program, _programId) = (own, program.Id);
        }

        return verdict;
    }

    /// <summary>Looks first, then acts: before Linux 5.8 the kernel takes off whichever is there.</summary>
    public override NetlinkVerdict Detach() => new(IsInPlace() ? _space.Run(() => ProgramAttachments.DetachHere(_program, Hook)) : BpfErrno.ENOENT, null);

    public override void Dispose()
    {
        _program.Dispose();
        _space.Dispose();
    }
}
