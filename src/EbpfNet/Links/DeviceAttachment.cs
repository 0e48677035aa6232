using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The ways in which the kernel keeps a program at a hook of an interface.</summary>
internal abstract class DeviceAttachment
{
    public virtual BpfHandle? Handle => null;

    /// <summary>The kernel's name of the request that changes it.</summary>
    public abstract string UpdateCall { get; }

    /// <summary>Whether the interface still has the program.</summary>
    public abstract bool IsInPlace();

    /// <returns><see cref="BpfErrno.EPERM"/> where another program is attached than was expected.</returns>
    public abstract NetlinkVerdict Update(BpfProgram program, BpfProgram? expected);

    /// <summary>Ends the attachment, also one that is pinned.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> where it is not there any more.</returns>
    public abstract NetlinkVerdict Detach();

    /// <summary>Lets go, which ends the attachment unless it is pinned.</summary>
    public abstract NetlinkVerdict Release();
}

/// <summary>An attachment that a link's file descriptor holds.</summary>
internal sealed class DeviceKernelLink(BpfHandle link) : DeviceAttachment
{
    public override BpfHandle Handle => link;

    public override string UpdateCall => BpfCommand.LinkUpdate.ToCName();

    public override bool IsInPlace() => KernelLinks.IsAttached(link);

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected) => new(KernelLinks.Update(link, program.Handle, expected?.Handle), null);

    public override NetlinkVerdict Detach() => new(KernelLinks.Detach(link), null);

    public override NetlinkVerdict Release()
    {
        link.Dispose();
        return default;
    }
}

/// <summary>An attachment that was put in the place of one without a link, and has none itself.</summary>
/// <param name="home">The namespace of the interface.</param>
/// <param name="interfaceIndex">The interface.</param>
/// <param name="type">The hook.</param>
/// <param name="program">A descriptor of its own: to detach the right program takes one that is open.</param>
/// <param name="programId">The program's id.</param>
internal sealed class DeviceProgramAttachment(NetworkNamespace home, int interfaceIndex, BpfAttachType type, BpfHandle program, uint programId) : DeviceAttachment
{
    private BpfHandle _program = program;
    private uint _programId = programId;

    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override bool IsInPlace() => home.Run(() =>
        DevicePrograms.Query(interfaceIndex, type, out DeviceProgramList list) == BpfErrno.None && list.Programs.Any(entry => entry.ProgramId == _programId));

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        if (expected is not null && expected.Id != _programId)
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle next = program.Handle.Duplicate(program.ToString());
        BpfErrno error = home.Run(() => DevicePrograms.ReplaceProgram(next, _program, interfaceIndex, type, 0));
        if (error != BpfErrno.None)
        {
            next.Dispose();
            return new NetlinkVerdict(error, null);
        }

        _program.Dispose();
        (_program, _programId) = (next, program.Id);
        return default;
    }

    public override NetlinkVerdict Detach() => new(home.Run(() => DevicePrograms.Detach(_program, interfaceIndex, type)), null);

    public override NetlinkVerdict Release()
    {
        NetlinkVerdict verdict = Detach();
        _program.Dispose();
        home.Dispose();
        return verdict;
    }
}
