using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An attachment that was put in the place of one without a link, and has none itself.</summary>
/// <param name="home">The namespace of the interface.</param>
/// <param name="interfaceIndex">The interface.</param>
/// <param name="type">The hook.</param>
/// <param name="program">A descriptor of its own: to detach the right program takes one that is open.</param>
/// <param name="programId">The program's id.</param>
internal sealed class DeviceProgramAttachment(NetworkNamespace home, int interfaceIndex, BpfAttachType type, BpfHandle program, uint programId) : HookAttachment
{
    private BpfHandle _program = program;
    private uint _programId = programId;

    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override string DetachCall => BpfCommand.ProgDetach.ToCName();

    public override bool IsInPlace() => home.Run(() =>
        DevicePrograms.Query(interfaceIndex, type, out DeviceProgramList list) == BpfErrno.None && list.Programs.Any(entry => entry.ProgramId == _programId));

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        if (expected is not null && expected.Id != _programId)
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle next = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = KeepIfDone(next, () => new NetlinkVerdict(home.Run(() => DevicePrograms.ReplaceProgram(next, _program, interfaceIndex, type, 0)), null));
        if (verdict.Error == BpfErrno.None)
        {
            _program.Dispose();
            (_program, _programId) = (next, program.Id);
        }

        return verdict;
    }

    public override NetlinkVerdict Detach() => new(home.Run(() => DevicePrograms.Detach(_program, interfaceIndex, type)), null);

    public override void Dispose()
    {
        _program.Dispose();
        home.Dispose();
    }
}
