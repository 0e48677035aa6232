using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs a network namespace has, whoever attached them, and detaches those that no link holds.</summary>
public static class NetnsHook
{
    /// <summary>The hooks of network namespaces.</summary>
    public static IReadOnlyList<BpfAttachType> AttachTypes { get; } = [BpfAttachType.FlowDissector, BpfAttachType.SkLookup];

    /// <summary>The programs that a network namespace has for a hook, in the order in which they run (<c>BPF_PROG_QUERY</c>; Linux 5.3).</summary>
    /// <param name="networkNamespace">The namespace.</param>
    /// <param name="attachType">One of <see cref="AttachTypes"/>.</param>
    /// <remarks>Which of them links hold, the kernel tells only those who may list links (CAP_SYS_ADMIN; Linux 5.8).</remarks>
    /// <exception cref="BpfSyscallException">The kernel does not know the hook (EINVAL), or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="ObjectDisposedException">The namespace was disposed.</exception>
    public static IReadOnlyList<NetnsHookProgram> Query(BpfNetworkNamespace networkNamespace, BpfAttachType attachType)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        BpfErrno error = CgroupPrograms.Query(networkNamespace.Handle, attachType, effective: false, out CgroupProgramList list);
        if (error != BpfErrno.None)
        {
            throw SyscallErrors.Create(error, BpfCommand.ProgQuery, $"look at the programs of {networkNamespace} for {attachType.CName()}");
        }

        MachineLinks? links = list.ProgramIds.Count == 0 ? null : MachineLinks.Read();
        return [.. list.ProgramIds.Select(id =>
            new NetnsHookProgram(id, links!.Find(id, BpfLinkType.NetNs, link => link.NetNsAttachType == attachType && link.NetNsInode == networkNamespace.Id)))];
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

        // Before Linux 5.8 the kernel takes off whichever program is there; since 5.3 it can be asked which one that is.
        bool isOther = CgroupPrograms.Query(networkNamespace.Handle, BpfAttachType.FlowDissector, effective: false, out CgroupProgramList list) == BpfErrno.None && !list.ProgramIds.Contains(program.Id);
        BpfErrno error = isOther ? BpfErrno.ENOENT : space.Run(() => ProgramAttachments.DetachHere(program.Handle, BpfAttachType.FlowDissector));
        if (error != BpfErrno.None)
        {
            throw SyscallErrors.Create(
                error, BpfCommand.ProgDetach, $"detach {program} from {networkNamespace}", error is BpfErrno.ENOENT or BpfErrno.EINVAL ? "The program is not attached there, or a link holds it" : null);
        }
    }
}

/// <summary>A program that a network namespace has.</summary>
/// <param name="ProgramId">The program's <see cref="BpfProgram.Id"/>.</param>
/// <param name="LinkId">
/// The <see cref="BpfLink.Id"/> of the link that holds it; 0 where none does, and it stays until it is detached or the namespace goes; <see langword="null"/> where this process may not list
/// links.
/// </param>
public sealed record NetnsHookProgram(uint ProgramId, uint? LinkId);
