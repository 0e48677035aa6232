using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a kernel link of any kind, and what to do about it.</summary>
internal static class LinkErrors
{
    public static BpfException Update(BpfLink link, BpfProgram program, BpfProgram? expected, BpfErrno error)
    {
        string operation = $"replace {link.ProgramText} of {link} by {program}";
        return error switch
        {
            BpfErrno.EOPNOTSUPP when !link.IsKernelLink =>
                new BpfNotSupportedException(operation, "the kernel replaces no program there: dispose this link, then attach the new one"),
            BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP when !CanReplace(link.Type) =>
                new BpfNotSupportedException(operation, $"the kernel replaces no program in links of kind {link.Type.CName()}: attach the new one, then dispose this link"),
            BpfErrno.EPERM when expected is not null => SyscallErrors.Create(error, BpfCommand.LinkUpdate, operation, $"Another program than {expected} is attached"),
            BpfErrno.EINVAL => SyscallErrors.Create(error, BpfCommand.LinkUpdate, operation, "The new program is not of the old one's type, or was loaded for another attach type"),
            BpfErrno.ENOLINK or BpfErrno.ENOENT => SyscallErrors.Create(error, BpfCommand.LinkUpdate, operation, "The link was detached, or what it was attached to is gone"),
            _ => SyscallErrors.Create(error, BpfCommand.LinkUpdate, operation),
        };
    }

    private static bool CanReplace(BpfLinkType type) =>
        type is BpfLinkType.Xdp or BpfLinkType.Tcx or BpfLinkType.Netkit or BpfLinkType.NetNs or BpfLinkType.Cgroup or BpfLinkType.SockMap or BpfLinkType.Iter or BpfLinkType.StructOps;
}
