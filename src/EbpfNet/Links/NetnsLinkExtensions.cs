using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to network namespaces.</summary>
public static class NetnsLinkExtensions
{
    /// <summary>
    /// Attaches a program to a network namespace (<c>BPF_LINK_CREATE</c>, Linux 5.9 for <c>sk_lookup</c>, 5.8 for flow dissectors; these else by <c>BPF_PROG_ATTACH</c>, Linux 4.20). Several
    /// programs of type <c>sk_lookup</c> run in the order in which they were attached; flow dissectors there can be one.
    /// </summary>
    /// <param name="program">The program, of section <c>sk_lookup</c> or <c>flow_dissector</c>.</param>
    /// <param name="networkNamespace">The namespace, which need not stay open; <see langword="null"/> for that of the calling thread.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">A flow dissector is there already, CAP_NET_ADMIN is missing, or the kernel refused: the message says which.</exception>
    /// <exception cref="ObjectDisposedException">The program or the namespace was disposed.</exception>
    public static NetnsLink AttachNetns(this BpfProgram program, BpfNetworkNamespace? networkNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfAttachType type = RequireType(program);
        if (networkNamespace is not null)
        {
            return Attach(program, networkNamespace, type);
        }

        using BpfNetworkNamespace current = BpfNetworkNamespace.OpenCurrent();
        return Attach(program, current, type);
    }

    /// <summary>Attaches a program to a network namespace by its file or name; see <see cref="AttachNetns(BpfProgram, BpfNetworkNamespace?)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="pathOrName">The file, for example <c>/proc/1/ns/net</c>; or a name that <c>ip netns</c> knows.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">There is no such network namespace, or the kernel refused: the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static NetnsLink AttachNetns(this BpfProgram program, string pathOrName)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfAttachType type = RequireType(program);
        using BpfNetworkNamespace space = BpfNetworkNamespace.Open(pathOrName);
        return Attach(program, space, type);
    }

    /// <summary>Attaches a program to the network namespace that a process is in; see <see cref="AttachNetns(BpfProgram, BpfNetworkNamespace?)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="processId">The process's number.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused: the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static NetnsLink AttachNetns(this BpfProgram program, int processId)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfAttachType type = RequireType(program);
        using BpfNetworkNamespace space = BpfNetworkNamespace.OpenProcess(processId);
        return Attach(program, space, type);
    }

    private static NetnsLink Attach(BpfProgram program, BpfNetworkNamespace space, BpfAttachType type)
    {
        if (type == BpfAttachType.FlowDissector && NetnsProbes.Links.IsMissing)
        {
            return AttachWithoutLink(program, space);
        }

        using BpfHandle.Lease fd = space.Handle.Acquire();
        BpfErrno error = KernelLinks.Create(program.Handle, new LinkCreateAttribute { TargetFd = fd.Fd, AttachType = type }, out BpfHandle? link);
        return new NetnsLink(program, space, type, link ?? throw NetnsErrors.Attach(program, space, type, BpfCommand.LinkCreate, error), null);
    }

    private static NetnsLink AttachWithoutLink(BpfProgram program, BpfNetworkNamespace space)
    {
        if (ProgramAttachments.QueryOne(space.Handle, BpfAttachType.FlowDissector) is not (null or 0))
        {
            throw NetnsErrors.Attach(program, space, BpfAttachType.FlowDissector, BpfCommand.ProgAttach, BpfErrno.EEXIST); // Since Linux 5.5 the kernel would put ours in its place without a word.
        }

        using LiveLinks.Making _ = LiveLinks.Make();
        NetnsAttachment attachment = NetnsAttachment.Prepare(program, space);
        bool isAttached = false;
        try
        {
            BpfErrno error = attachment.Attach();
            isAttached = error == BpfErrno.None;
            return isAttached
                ? new NetnsLink(program, space, BpfAttachType.FlowDissector, null, attachment)
                : throw NetnsErrors.Attach(program, space, BpfAttachType.FlowDissector, BpfCommand.ProgAttach, error);
        }
        catch (BpfSyscallException e) when (e.Call == NetworkNamespace.EnterCall)
        {
            throw NetnsErrors.Enter(program, space, e.Error);
        }
        finally
        {
            if (!isAttached)
            {
                attachment.Dispose();
            }
        }
    }

    private static BpfAttachType RequireType(BpfProgram program) => program.Type switch
    {
        BpfProgramType.SkLookup => BpfAttachType.SkLookup,
        BpfProgramType.FlowDissector => BpfAttachType.FlowDissector,
        _ => throw new ArgumentException($"Programs for network namespaces are those of the sections sk_lookup and flow_dissector; {program} is of type {program.Type.CName()}.", nameof(program)),
    };
}
