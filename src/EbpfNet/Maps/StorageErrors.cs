using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a local storage, said well.</summary>
internal static class StorageErrors
{
    public static BpfException Create(BpfMap map, BpfCommand command, int result, string doing)
    {
        var error = (BpfErrno)(-result);
        string? advice = error switch
        {
            BpfErrno.ENOENT => $"{OwnerOf(map.Type)} has ended",
            BpfErrno.EBADF or BpfErrno.ENOTSOCK or BpfErrno.EINVAL when map.Type == BpfMapType.CgrpStorage => "The folder is not one of a control group; those of version 2 are under the mount of type cgroup2",
            BpfErrno.ENOTSOCK => "The descriptor is not one of a socket",
            BpfErrno.ENOMEM when map.Type == BpfMapType.SkStorage => "What is kept with a socket counts against its option memory: raise net.core.optmem_max, or keep less",
            BpfErrno.EBUSY => "A BPF program is at work on the same storage; try again",
            _ => null,
        };
        return advice is null
            ? MapErrors.Create(map, command, result, $"{doing} a value of")
            : SyscallErrors.Create(error, command, $"{doing} {map}", advice);
    }

    private static string OwnerOf(BpfMapType type) => type == BpfMapType.TaskStorage ? "The process or thread" : "What the value was to be kept with";
}
