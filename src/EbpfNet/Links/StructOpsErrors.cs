using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a kernel struct of functions, and what to do about it.</summary>
internal static class StructOpsErrors
{
    /// <summary>Fills the map, as far as that was not done before.</summary>
    public static void Fill(BpfStructOpsMap structOps)
    {
        BpfErrno error = structOps.Fill();

        // One that is for links is filled once, and may be linked any number of times.
        if (error != BpfErrno.None && !(error == BpfErrno.EBUSY && structOps.IsForLinks))
        {
            throw Attach(structOps, BpfCommand.MapUpdateElem, error);
        }
    }

    public static BpfException Attach(BpfStructOpsMap structOps, BpfCommand command, BpfErrno error) => SyscallErrors.Create(
        error,
        command,
        $"attach {structOps}",
        error switch
        {
            BpfErrno.EEXIST => "The kernel has one of this name already, or this one is attached already",
            BpfErrno.EBUSY => "It is attached already, or was and is still used; load the object again for another one",
            BpfErrno.EINVAL => $"Functions or values are missing, without which the kernel takes no struct {structOps.TypeName}",
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP => $"This kernel does not take a struct {structOps.TypeName} from programs, or not through a link",
            _ => null,
        });

    public static BpfException Update(StructOpsLink link, BpfStructOpsMap structOps, BpfStructOpsMap? expected, BpfErrno error) => SyscallErrors.Create(
        error,
        BpfCommand.LinkUpdate,
        $"put {structOps} in the place of that of {link}",
        error switch
        {
            BpfErrno.EPERM when expected is not null => $"Another one than {expected} is attached",
            BpfErrno.EINVAL => "It is not of the same kernel struct, or does not have the name of the one that is attached",
            BpfErrno.EOPNOTSUPP => $"The kernel does not replace a struct {structOps.TypeName} while it is attached",
            BpfErrno.ENOLINK => "The link was detached",
            _ => null,
        });

    public static BpfException Detach(StructOpsLink link, BpfErrno error) => SyscallErrors.Create(
        error,
        link.DetachCall,
        $"detach {link}",
        error == BpfErrno.ENOENT ? "It is not registered" : null);
}
