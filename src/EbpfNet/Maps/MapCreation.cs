using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Makes maps that belong to no object.</summary>
internal static unsafe class MapCreation
{
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfMap Create(BpfMapType type, string name, int keySize, int valueSize, int maxEntries, BpfMapFlags flags, ulong extra = 0, BpfMap? inner = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEntries);
        using var held = new BpfHandleSet();
        var attribute = new MapCreateAttribute
        {
            MapType = type,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = (uint)maxEntries,
            MapFlags = flags,
            MapExtra = extra,
            InnerMapFd = inner is null ? 0 : held.Hold(inner.Handle),
            MapName = KernelName.From(name),
        };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? handle);
        if (error == BpfErrno.EINVAL && name.Length > 0)
        {
            // Kernels before 4.15 know no names.
            var nameless = attribute with { MapName = default };
            error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &nameless, out handle);
        }

        if (handle is null)
        {
            string size = string.Create(CultureInfo.InvariantCulture, $"{maxEntries} entries, keys of {keySize} and values of {valueSize} bytes, flags {flags}");
            throw SyscallErrors.Create(error, BpfCommand.MapCreate, $"create map '{name}' ({type.CName()}, {size})", Advise(error, type));
        }

        try
        {
            return BpfMap.FromCreated(handle, name, attribute);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static string? Advise(BpfErrno error, BpfMapType type) => error switch
    {
        BpfErrno.EINVAL when type == BpfMapType.LpmTrie => "A trie's key is a prefix length of 4 bytes and 1 to 256 bytes of data, and it needs BPF_F_NO_PREALLOC",
        BpfErrno.EINVAL when type is BpfMapType.HashOfMaps or BpfMapType.ArrayOfMaps =>
            "The kernel does not allow this kind of map inside, least of all another map of maps, or, for an array, keys that do not have 4 bytes",
        BpfErrno.EINVAL => "The kernel does not know this kind of map, or the flags do not suit it",
        BpfErrno.E2BIG => "A key or value is larger, or there are more entries, than the kernel allows for this kind of map",
        BpfErrno.ENOMEM => "All memory of the map is set aside when it is created, and there is not as much: lower the number of entries, or use BPF_F_NO_PREALLOC",
        _ => null,
    };
}
