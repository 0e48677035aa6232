using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A flow dissector that the network namespace holds, as all are before Linux 5.8. The kernel takes such requests for the namespace of whoever asks.</summary>
internal sealed class NetnsAttachment : IDisposable
{
    private const BpfAttachType Hook = BpfAttachType.FlowDissector;

    private readonly NetworkNamespace _space;
    private BpfHandle _program;
    private uint _programId;

    private NetnsAttachment(NetworkNamespace space, BpfHandle program, uint programId) => (_space, _program, _programId) = (space, program, programId);

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

    public bool IsInPlace() => ProgramAttachments.QueryOne(_space.Handle, Hook) is not { } attached || attached == _programId;

    /// <summary>Looks first, then acts: the kernel has nothing better for these.</summary>
    public BpfErrno Replace(BpfProgram next, BpfProgram? expected)
    {
        if (ProgramAttachments.QueryOne(_space.Handle, Hook) is { } attached && attached != (expected?.Id ?? _programId))
        {
            return BpfErrno.EPERM;
        }

        BpfHandle own = next.Handle.Duplicate(next.ToString());
        BpfErrno error = _space.Run(() => ProgramAttachments.AttachHere(own, Hook));
        if (error != BpfErrno.None)
        {
            own.Dispose();
            return error;
        }

        _program.Dispose();
        (_program, _programId) = (own, next.Id);
        return BpfErrno.None;
    }

    /// <returns><see cref="BpfErrno.ENOENT"/> when another program is in its place, or none.</returns>
    public BpfErrno Detach() => _space.Run(() => ProgramAttachments.DetachHere(_program, Hook));

    public void Dispose()
    {
        _program.Dispose();
        _space.Dispose();
    }
}
