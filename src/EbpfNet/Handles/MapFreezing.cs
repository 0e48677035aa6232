using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Makes a map one that user space can no longer change.</summary>
internal static unsafe class MapFreezing
{
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static void Freeze(BpfMap map)
    {
        int result;
        using (BpfHandle.Lease fd = map.Handle.Acquire())
        {
            var attribute = new MapElementAttribute { MapFd = fd.Fd };
            result = BpfSyscall.Invoke(BpfCommand.MapFreeze, &attribute);
        }

        var error = (BpfErrno)(-Math.Min(result, 0));
        if (error == BpfErrno.None || (error is BpfErrno.EPERM or BpfErrno.EBUSY && IsFrozen(map)))
        {
            return; // A frozen map is one that may not be written to freeze it.
        }

        throw SyscallErrors.Create(error, BpfCommand.MapFreeze, $"freeze {map}", error switch
        {
            BpfErrno.EBUSY => "Somebody is writing to the map, or has its memory mapped for writing: dispose the leases first, in other processes too",
            BpfErrno.EPERM => "The map was opened for reading only (BPF_F_RDONLY), or this process lacks CAP_BPF",
            BpfErrno.ENOTSUPP => "Maps with locks, timers or pointers of the kernel's in their values, and those of structures of functions, cannot be frozen",
            BpfErrno.EINVAL => "This kernel cannot freeze maps; Linux 5.2 and later can",
            _ => null,
        });
    }

    /// <summary>Whether anybody has frozen it; false where the kernel does not tell.</summary>
    public static bool IsFrozen(BpfMap map) => DescriptorInfo.Read(map.Handle)["frozen"] == 1;
}
