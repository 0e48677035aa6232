using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to netfilter.</summary>
public static class NetfilterLinkExtensions
{
    internal const uint DefragmentFlag = 1; // BPF_F_NETFILTER_IP_DEFRAG

    private const int DefragmentationPriority = -400; // NF_IP_PRI_CONNTRACK_DEFRAG

    /// <summary>Attaches a program to netfilter, in the network namespace of the calling thread (<c>BPF_LINK_CREATE</c> with <c>BPF_NETFILTER</c>; Linux 6.4).</summary>
    /// <param name="program">The program (section <c>netfilter</c>).</param>
    /// <param name="options">Where on the packets' way, and in which order.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no netfilter program, or there is no such priority.</exception>
    /// <exception cref="BpfNotSupportedException">This kernel has no such links, or does not put fragments together for them.</exception>
    /// <exception cref="BpfSyscallException">The priority is taken, or CAP_NET_ADMIN is missing: the message says which.</exception>
    public static NetfilterLink AttachNetfilter(this BpfProgram program, NetfilterAttachOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        if (program.Type != BpfProgramType.Netfilter)
        {
            throw new ArgumentException($"Only netfilter programs can be attached to netfilter; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        Check(options);
        var attribute = new LinkCreateAttribute
        {
            AttachType = BpfAttachType.Netfilter,
            NetfilterFamily = (uint)options.Family,
            NetfilterHook = (uint)options.Hook,
            NetfilterPriority = options.Priority,
            NetfilterFlags = options.Defragment ? DefragmentFlag : 0,
        };
        BpfErrno error = KernelLinks.Create(program.Handle, attribute, out BpfHandle? link);
        return link is not null ? new NetfilterLink(program, link, options) : throw Refused(program, options, error);
    }

    private static void Check(NetfilterAttachOptions options)
    {
        if (options.Family is not (NetfilterFamily.IPv4 or NetfilterFamily.IPv6))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Family, "The kernel has netfilter programs for IPv4 and IPv6.");
        }

        if (options.Hook is < NetfilterHook.PreRouting or > NetfilterHook.PostRouting)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Hook, "There is no such point of a packet's way.");
        }

        if (options.Priority is int.MinValue or int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Priority, "The kernel keeps the smallest and the largest priority for itself.");
        }

        if (options.Defragment && options.Priority <= DefragmentationPriority)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Priority, $"Fragments are put together at priority {DefragmentationPriority}: the program comes after that.");
        }
    }

    private static BpfException Refused(BpfProgram program, NetfilterAttachOptions options, BpfErrno error)
    {
        string operation = $"attach {program} to netfilter's {options.Family} {options.Hook} with priority {options.Priority}";
        return error switch
        {
            BpfErrno.EBUSY => SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, "Another BPF program has this priority there: give another one"),
            BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP or BpfErrno.EAFNOSUPPORT or BpfErrno.ENOENT when options.Defragment =>
                new BpfNotSupportedException($"Putting fragments together for {program}", "this kernel does not do so for BPF programs, or has no defragmentation (module nf_defrag_ipv4 or nf_defrag_ipv6)", new Version(6, 6)),
            _ => SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, error == BpfErrno.EAFNOSUPPORT ? $"This kernel has no {options.Family}" : null),
        };
    }
}
