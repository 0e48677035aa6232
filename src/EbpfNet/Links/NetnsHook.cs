using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs a network namespace has, whoever attached them, and detaches those that no link holds.</summary>
public static class NetnsHook
{
    /// <summary>The hooks of network namespaces.</summary>
    public static IReadOnlyList<BpfAttachType> AttachTypes { get; } = [BpfAttachType.FlowDissector, BpfAttachType.SkLookup];

    /// <summary>The ids of the programs that a network namespace has for a hook, in the order in which they run (<c>BPF_PROG_QUERY</c>; Linux 5.3).</summary>
    /// <param name="networkNamespace">The namespace.</param>
    /// <param name="attachType">One of <see cref="AttachTypes"/>.</param>
    /// <exception cref="BpfSyscallException">The kernel does not know the hook (EINVAL), or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="ObjectDisposedException">The namespace was disposed.</exception>
    public static IReadOnlyList<uint> Query(BpfNetworkNamespace networkNamespace, BpfAttachType attachType)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        BpfErrno error = CgroupPrograms.Query(networkNamespace.Handle, attachType, effective: false, out CgroupProgramList list);
        return error == BpfErrno.None ? list.ProgramIds : throw SyscallErrors.Create(error, BpfCommand.ProgQuery, $"look at the programs of {networkNamespace} for {attachType.CName()}");
    }

    /// <summary>Detaches a flow dissector that no link holds, such as one whose process was killed (<c>BPF_PROG_DETACH</c>).</summary>
    /// <param name="networkNamespace">The namespace.</param>
    /// <param name="program">The program, opened by its id.</param>
    /// <exception cref="BpfSyscallException">It is not attached there, or by a link, or this process may not detach it.</exception>
    /// <exception cref="ObjectDisposedException">The namespace or the program was disposed.</exception>
    public static void Detach(BpfNetworkNamespace networkNamespace, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        ArgumentNullException.ThrowIfNull(program);
        using NetworkNamespace space = NetworkNamespace.Of(networkNamespace.Handle, networkNamespace.Id, networkNamespace.ToString());
        BpfErrno error = space.Run(() => ProgramAttachments.DetachHere(program.Handle, BpfAttachType.FlowDissector));
        if (error != BpfErrno.None)
        {
            throw SyscallErrors.Create(
                error, BpfCommand.ProgDetach, $"detach {program} from {networkNamespace}", error is BpfErrno.ENOENT or BpfErrno.EINVAL ? "The program is not attached there, or a link holds it" : null);
        }
    }
}
