using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which kernel structs of functions (struct_ops) are registered without a link, whoever registered them, and takes them out: they outlive a process that is killed (SIGKILL).</summary>
public static class StructOpsHook
{
    /// <summary>Opens the maps of all that are registered without a link on this machine (Linux 5.6, CAP_SYS_ADMIN).</summary>
    /// <returns>The maps. Each is for the caller to dispose.</returns>
    /// <exception cref="BpfSyscallException">This process may not open them; thrown by the enumeration.</exception>
    public static IEnumerable<BpfMap> OpenRegistered()
    {
        foreach (BpfMap map in BpfMap.OpenAll())
        {
            if (IsRegistered(map))
            {
                yield return map;
            }
            else
            {
                map.Dispose();
            }
        }
    }

    /// <summary>Whether a map is one of a kernel struct of functions that is registered without a link.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public static bool IsRegistered(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return map.Type == BpfMapType.StructOps && BpfStructOpsMap.ReadState(map) == BpfStructOpsState.Registered;
    }

    /// <summary>
    /// Takes out what is registered without a link (<c>BPF_MAP_DELETE_ELEM</c>). Where the kernel uses it at the moment, as in open connections, it stays until that is over; it cannot be chosen
    /// any more.
    /// </summary>
    /// <param name="map">The map, opened by its id with access to read and write.</param>
    /// <exception cref="ArgumentException">It is a map of another kind.</exception>
    /// <exception cref="BpfSyscallException">It is not registered (ENOENT), a link holds it, or this process may not take it out.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public static unsafe void Detach(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Type != BpfMapType.StructOps)
        {
            throw new ArgumentException($"{map} is no map of a kernel struct of functions, but of type {map.Type.CName()}.", nameof(map));
        }

        int key = 0;
        int result = MapElements.Delete(map.Handle, &key);
        BpfErrno error = result < 0 ? (BpfErrno)(-result) : BpfErrno.None;
        if (error is not (BpfErrno.None or BpfErrno.EINPROGRESS))
        {
            throw SyscallErrors.Create(error, BpfCommand.MapDeleteElem, $"take out the struct of functions of {map}", error switch
            {
                BpfErrno.ENOENT => "It is not registered",
                BpfErrno.EOPNOTSUPP => "It is for links: detach the link that holds it",
                _ => null,
            });
        }
    }
}
