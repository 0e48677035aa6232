using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What every link that a file descriptor holds can do: be made, replace its program, detach.</summary>
internal static unsafe class KernelLinks
{
    private const uint ReplaceExpected = 1u << 2; // BPF_F_REPLACE

    /// <summary><c>BPF_LINK_CREATE</c> of a program, whose descriptor goes into the request here; the caller holds what else the request refers to.</summary>
    public static BpfErrno Create(BpfHandle program, LinkCreateAttribute attribute, out BpfHandle? link)
    {
        using BpfHandle.Lease fd = program.Acquire();
        attribute.ProgFd = fd.Fd;
        return BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out link);
    }

    /// <summary><c>BPF_LINK_CREATE</c> of a map of functions (struct_ops), which stands in the place of a program.</summary>
    public static BpfErrno CreateStructOps(BpfHandle map, out BpfHandle? link)
    {
        using BpfHandle.Lease fd = map.Acquire();
        var attribute = new LinkCreateAttribute { ProgFd = fd.Fd, AttachType = BpfAttachType.StructOps };
        return BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out link);
    }

    /// <summary><c>BPF_LINK_UPDATE</c>: puts a program in the place of the attached one, at once.</summary>
    /// <param name="link">The link.</param>
    /// <param name="program">The new program; for a map of functions, the new map.</param>
    /// <param name="expected">The program, or map, that has to be attached now, or <see langword="null"/> for any.</param>
    public static BpfErrno Update(BpfHandle link, BpfHandle program, BpfHandle? expected)
    {
        using BpfHandle.Lease linkFd = link.Acquire();
        using BpfHandle.Lease programFd = program.Acquire();
        var attribute = new LinkUpdateAttribute { LinkFd = linkFd.Fd, NewProgFd = programFd.Fd };
        if (expected is null)
        {
            return BpfSyscall.InvokeForError(BpfCommand.LinkUpdate, &attribute);
        }

        using BpfHandle.Lease expectedFd = expected.Acquire();
        attribute.Flags = ReplaceExpected;
        attribute.OldProgFd = expectedFd.Fd;
        return BpfSyscall.InvokeForError(BpfCommand.LinkUpdate, &attribute);
    }

    /// <summary>Whether the kernel has <c>BPF_LINK_DETACH</c> (Linux 5.9).</summary>
    public static readonly FeatureProbe Detaching = new(TryDetach);

    /// <summary><c>BPF_LINK_DETACH</c>: detaches at once, whoever else holds the link, pins included.</summary>
    /// <returns><see cref="BpfErrno.EINVAL"/> where the kernel has no such command, <see cref="BpfErrno.EOPNOTSUPP"/> where it has none for links of this kind.</returns>
    public static BpfErrno Detach(BpfHandle link)
    {
        if (Detaching.IsMissing)
        {
            return BpfErrno.EINVAL;
        }

        using BpfHandle.Lease fd = link.Acquire();
        var attribute = new LinkDetachAttribute { LinkFd = fd.Fd };
        return BpfSyscall.InvokeForError(BpfCommand.LinkDetach, &attribute);
    }

    /// <summary>Whether a link is still on its hook: one that was detached, or whose hook is gone, tells the hook as 0.</summary>
    public static bool IsAttached(BpfHandle link)
    {
        LinkInfoData info = default;
        if (KernelObjects.TryGetInfo(link, ref info) != BpfErrno.None)
        {
            return true; // An old kernel does not tell.
        }

        return info.Type switch
        {
            BpfLinkType.Xdp or BpfLinkType.Tcx or BpfLinkType.Netkit => info.Ifindex != 0,
            BpfLinkType.SockMap => info.SockMapId != 0,
            BpfLinkType.StructOps => info.StructOpsMapId != 0,
            BpfLinkType.Cgroup => info.CgroupId != 0,
            BpfLinkType.NetNs => info.NetNsInode != 0,
            _ => true, // The kernel keeps what these are attached to.
        };
    }

    private static FeatureAnswer TryDetach()
    {
        var attribute = new LinkDetachAttribute { LinkFd = -1 };
        return BpfSyscall.InvokeForError(BpfCommand.LinkDetach, &attribute) switch
        {
            BpfErrno.EBADF => FeatureAnswer.Yes,
            BpfErrno.EINVAL => FeatureAnswer.No,
            _ => FeatureAnswer.Inconclusive,
        };
    }
}
